{{ config(unique_key=['account_id', 'observed_hour']) }}

with source as (
    {{ landed_answers('bluesky', 'account') }}
),

renamed as (
    select
        account_id,
        observed_hour,
        observed_at,
        body ->> '$.did' as external_id,
        coalesce(nullif(body ->> '$.displayName', ''), body ->> '$.handle') as account_name,
        {{ counter("try_cast(body ->> '$.followersCount' as bigint)") }} as followers,
        answer_id,
        landed_at
    from source
)

select * from renamed
{{ landed_last(['account_id', 'observed_hour']) }}
