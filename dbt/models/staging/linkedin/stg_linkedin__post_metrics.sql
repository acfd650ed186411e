{{ config(unique_key=['account_id', 'external_id', 'metric', 'observed_hour']) }}

with source as (
    {{ landed_answers('linkedin', 'post_metrics') }}
),

items as (
    select
        * exclude (request, body),
        unnest(from_json(body -> '$.elements', '[{
            "share": "VARCHAR", "ugcPost": "VARCHAR", "totalShareStatistics": "JSON"
        }]')) as item
    from source
),

parts as (
    select
        * exclude (item),
        coalesce(item.share, item."ugcPost") as external_id,
        unnest({{ json_numbers('item."totalShareStatistics"', "'totalShareStatistics.'") }}) as part
    from items
),

renamed as (
    select
        account_id,
        external_id,
        observed_hour,
        observed_at,
        part.metric as metric,
        part.value as value,
        answer_id,
        landed_at
    from parts
    -- Statistics without a post are those of all posts together.
    where external_id is not null
)

select * from renamed
{{ landed_last(['account_id', 'external_id', 'metric', 'observed_hour']) }}
