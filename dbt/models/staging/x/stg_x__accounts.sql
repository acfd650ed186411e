{{ config(unique_key=['account_id', 'observed_hour']) }}

with source as (
    {{ landed_answers('x', 'account') }}
),

renamed as (
    select
        account_id,
        observed_hour,
        observed_at,
        body ->> '$.data.id' as external_id,
        body ->> '$.data.name' as account_name,
        body ->> '$.data.username' as username,
        {{ counter("try_cast(body ->> '$.data.public_metrics.followers_count' as bigint)") }} as followers,
        answer_id,
        landed_at
    from source
)

select * from renamed
{{ landed_last(['account_id', 'observed_hour']) }}
