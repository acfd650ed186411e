{{ config(unique_key=['account_id', 'external_id', 'observed_hour']) }}

-- The lists have no numbers: all of them are insights (post_metrics).
with source as (
    {{ landed_answers('threads', 'posts') }}
),

items as (
    select
        * exclude (request, body),
        request ->> '$.path' = 'me/replies' as is_reply,
        unnest(from_json(body -> '$.data', '[{
            "id": "VARCHAR",
            "media_type": "VARCHAR",
            "permalink": "VARCHAR",
            "text": "VARCHAR",
            "timestamp": "VARCHAR",
            "link_attachment_url": "VARCHAR",
            "is_reply": "BOOLEAN"
        }]')) as post
    from source
),

renamed as (
    select
        account_id,
        post.id as external_id,
        observed_hour,
        observed_at,
        {{ moment('try_cast(post."timestamp" as timestamptz)') }} as published_at,
        case
            when post.media_type = 'REPOST_FACADE' then 'repost'
            when coalesce(post.is_reply, is_reply) then 'reply'
            when post.media_type = 'CAROUSEL_ALBUM' then 'carousel'
            when post.media_type = 'VIDEO' then 'video'
            when post.media_type = 'IMAGE' then 'photo'
            when post.link_attachment_url is not null then 'link'
            else 'status'
        end as kind,
        post.text,
        post.link_attachment_url as link,
        post.permalink,
        case post.media_type when 'IMAGE' then 1 when 'VIDEO' then 1 when 'TEXT_POST' then 0 end as media_count,
        cast(null as double) as duration_s,
        cast(null as bigint) as views,
        cast(null as bigint) as reach,
        cast(null as bigint) as reactions,
        cast(null as bigint) as comments,
        cast(null as bigint) as shares,
        cast(null as bigint) as saves,
        cast(null as bigint) as clicks,
        false as is_deleted,
        answer_id,
        landed_at
    from items
)

select * from renamed
{{ landed_last(['account_id', 'external_id', 'observed_hour']) }}
