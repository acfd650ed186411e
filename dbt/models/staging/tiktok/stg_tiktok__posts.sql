{{ config(unique_key=['account_id', 'external_id', 'observed_hour']) }}

with source as (
    {{ landed_answers('tiktok', 'posts') }}
),

items as (
    select
        * exclude (request, body),
        unnest(from_json(body -> '$.data.videos', '[{
            "id": "VARCHAR",
            "create_time": "BIGINT",
            "title": "VARCHAR",
            "video_description": "VARCHAR",
            "duration": "DOUBLE",
            "share_url": "VARCHAR",
            "view_count": "BIGINT",
            "like_count": "BIGINT",
            "comment_count": "BIGINT",
            "share_count": "BIGINT"
        }]')) as post
    from source
),

renamed as (
    select
        account_id,
        post.id as external_id,
        observed_hour,
        observed_at,
        {{ moment('try(to_timestamp(post.create_time))') }} as published_at,
        -- Photos stand among the videos; only their address tells.
        case when post.share_url like '%/photo/%' then 'photo' else 'video' end as kind,
        coalesce(nullif(post.video_description, ''), nullif(post.title, '')) as text,
        cast(null as varchar) as link,
        post.share_url as permalink,
        case when post.share_url not like '%/photo/%' then 1 end as media_count,
        nullif(post.duration, 0) as duration_s,
        {{ counter('post.view_count') }} as views,
        cast(null as bigint) as reach,
        {{ counter('post.like_count') }} as reactions,
        {{ counter('post.comment_count') }} as comments,
        {{ counter('post.share_count') }} as shares,
        cast(null as bigint) as saves,
        cast(null as bigint) as clicks,
        false as is_deleted,
        answer_id,
        landed_at
    from items
)

select * from renamed
{{ landed_last(['account_id', 'external_id', 'observed_hour']) }}
