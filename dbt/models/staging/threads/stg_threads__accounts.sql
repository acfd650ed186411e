{{ config(unique_key=['account_id', 'observed_hour']) }}

-- An hour's profile comes in two answers: itself, and its followers, which Threads may refuse.
with source as (
    {{ landed_answers('threads', 'account') }}
),

renamed as (
    select
        account_id,
        observed_hour,
        max(observed_at) as observed_at,
        max(body ->> '$.id') as external_id,
        max(coalesce(body ->> '$.name', body ->> '$.username')) as account_name,
        max({{ counter("try_cast(body ->> '$.data[0].total_value.value' as bigint)") }}) as followers,
        arg_max(answer_id, landed_at) as answer_id,
        max(landed_at) as landed_at
    from source
    group by account_id, observed_hour
)

select * from renamed
