{{ config(unique_key=['account_id', 'observed_hour']) }}

with source as (
    {{ landed_answers('instagram', 'account') }}
),

renamed as (
    select
        account_id,
        observed_hour,
        observed_at,
        body ->> '$.id' as external_id,
        coalesce(body ->> '$.name', body ->> '$.username') as account_name,
        {{ counter("try_cast(body ->> '$.followers_count' as bigint)") }} as followers,
        answer_id,
        landed_at
    from source
)

select * from renamed
{{ landed_last(['account_id', 'observed_hour']) }}
