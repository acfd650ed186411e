{{ config(unique_key=['account_id', 'observed_hour']) }}

with source as (
    {{ landed_answers('youtube', 'account') }}
),

renamed as (
    select
        account_id,
        observed_hour,
        observed_at,
        body ->> '$.items[0].id' as external_id,
        body ->> '$.items[0].snippet.title' as account_name,
        -- A channel that hides its subscribers is told of as having none.
        case when (body ->> '$.items[0].statistics.hiddenSubscriberCount') is distinct from 'true'
            then {{ counter("try_cast(body ->> '$.items[0].statistics.subscriberCount' as bigint)") }}
        end as followers,
        answer_id,
        landed_at
    from source
)

select * from renamed
{{ landed_last(['account_id', 'observed_hour']) }}
