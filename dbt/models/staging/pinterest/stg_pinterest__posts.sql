{{ config(unique_key=['account_id', 'external_id', 'observed_hour']) }}

-- Pins come with their totals. A save puts the pin on someone's board, where others see it: it counts as a share.
with source as (
    {{ landed_answers('pinterest', 'posts') }}
),

items as (
    select
        * exclude (request, body),
        unnest(from_json(body -> '$.items', '[{
            "id": "VARCHAR",
            "title": "VARCHAR",
            "description": "VARCHAR",
            "link": "VARCHAR",
            "created_at": "VARCHAR",
            "media": {"media_type": "VARCHAR", "duration": "DOUBLE", "items": ["JSON"]},
            "pin_metrics": {"lifetime_metrics": {
                "impression": "BIGINT", "pin_click": "BIGINT", "save": "BIGINT", "reaction": "BIGINT",
                "comment": "BIGINT"
            }}
        }]')) as post
    from source
),

renamed as (
    select
        account_id,
        post.id as external_id,
        observed_hour,
        observed_at,
        -- UTC, written without an offset.
        {{ moment("try_cast(post.created_at || case when regexp_full_match(post.created_at, '.*T[0-9:.]+') "
            ~ "then 'Z' else '' end as timestamptz)") }} as published_at,
        case
            when post.media.media_type = 'video' then 'video'
            when post.media.media_type like 'multiple%' then 'carousel'
            else 'photo'
        end as kind,
        nullif(concat_ws(chr(10), nullif(post.title, ''), nullif(post.description, '')), '') as text,
        nullif(post.link, '') as link,
        'https://www.pinterest.com/pin/' || post.id || '/' as permalink,
        cast(case when post.media.media_type like 'multiple%' then len(post.media.items) else 1 end as integer)
            as media_count,
        post.media.duration / 1000 as duration_s,
        {{ counter('post.pin_metrics.lifetime_metrics.impression') }} as views,
        cast(null as bigint) as reach,
        {{ counter('post.pin_metrics.lifetime_metrics.reaction') }} as reactions,
        {{ counter('post.pin_metrics.lifetime_metrics.comment') }} as comments,
        {{ counter('post.pin_metrics.lifetime_metrics.save') }} as shares,
        cast(null as bigint) as saves,
        {{ counter('post.pin_metrics.lifetime_metrics.pin_click') }} as clicks,
        false as is_deleted,
        answer_id,
        landed_at
    from items
)

select * from renamed
{{ landed_last(['account_id', 'external_id', 'observed_hour']) }}
