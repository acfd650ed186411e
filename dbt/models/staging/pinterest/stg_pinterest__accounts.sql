{{ config(unique_key=['account_id', 'observed_hour']) }}

with source as (
    {{ landed_answers('pinterest', 'account') }}
),

renamed as (
    select
        account_id,
        observed_hour,
        observed_at,
        body ->> '$.id' as external_id,
        coalesce(nullif(body ->> '$.business_name', ''), body ->> '$.username') as account_name,
        {{ counter("try_cast(body ->> '$.follower_count' as bigint)") }} as followers,
        answer_id,
        landed_at
    from source
)

select * from renamed
{{ landed_last(['account_id', 'observed_hour']) }}
