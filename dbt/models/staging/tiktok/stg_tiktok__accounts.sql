{{ config(unique_key=['account_id', 'observed_hour']) }}

with source as (
    {{ landed_answers('tiktok', 'account') }}
),

renamed as (
    select
        account_id,
        observed_hour,
        observed_at,
        body ->> '$.data.user.open_id' as external_id,
        body ->> '$.data.user.display_name' as account_name,
        {{ counter("try_cast(body ->> '$.data.user.follower_count' as bigint)") }} as followers,
        answer_id,
        landed_at
    from source
)

select * from renamed
{{ landed_last(['account_id', 'observed_hour']) }}
