{{ config(unique_key=['account_id', 'external_id', 'observed_hour']) }}

-- Reels are in a list of their own, as videos, with fields of their own; their other numbers are post_metrics.
with source as (
    {{ landed_answers('facebook', 'posts') }}
),

items as (
    select
        * exclude (request, body),
        coalesce(request ->> '$.path', '') like '%/video_reels' as is_reel,
        -- Facebook leaves `shares` out of a post that has none, so absence means 0 where it was asked for.
        regexp_matches(cast(request as varchar), '\bshares\b') as asked_for_shares,
        unnest(from_json(body -> '$.data', '[{
            "id": "VARCHAR",
            "created_time": "VARCHAR",
            "message": "VARCHAR",
            "description": "VARCHAR",
            "permalink_url": "VARCHAR",
            "status_type": "VARCHAR",
            "attachments": {"data": [
                {"media_type": "VARCHAR", "type": "VARCHAR", "url": "VARCHAR", "unshimmed_url": "VARCHAR"}
            ]},
            "shares": {"count": "BIGINT"},
            "reactions": {"summary": {"total_count": "BIGINT"}},
            "comments": {"summary": {"total_count": "BIGINT"}},
            "views": "BIGINT",
            "likes": {"summary": {"total_count": "BIGINT"}},
            "insights": {"data": [{"name": "VARCHAR", "values": [{"value": "JSON"}]}]}
        }]')) as post
    from source
),

renamed as (
    select
        account_id,
        post.id as external_id,
        observed_hour,
        observed_at,
        {{ moment('try_cast(post.created_time as timestamptz)') }} as published_at,
        case
            when is_reel then 'video'
            when post.attachments.data[1].media_type in ('photo', 'album') then 'photo'
            when post.attachments.data[1].media_type = 'video' then 'video'
            when post.attachments.data[1].media_type = 'link' then 'link'
            when post.status_type = 'added_photos' then 'photo'
            when post.status_type = 'added_video' then 'video'
            when post.status_type = 'shared_story' then 'link'
            else 'status'
        end as kind,
        coalesce(post.message, post.description) as text,
        case
            when post.attachments.data[1].media_type = 'link'
                then coalesce(post.attachments.data[1].unshimmed_url, post.attachments.data[1].url)
        end as link,
        -- A reel's address is told without the site.
        regexp_replace(post.permalink_url, '^/', 'https://www.facebook.com/') as permalink,
        case
            when is_reel or post.attachments.data[1].media_type in ('photo', 'video') then 1
            when coalesce(post.attachments.data[1].media_type, post.status_type, '')
                not in ('album', 'added_photos', 'added_video') then 0
        end as media_count,
        cast(null as double) as duration_s,
        {{ counter('coalesce(post.views, ' ~ facebook_insight('post.insights', 'post_media_view') ~ ')') }} as views,
        {{ counter(facebook_insight('post.insights', 'post_total_media_view_unique')) }} as reach,
        {{ counter('coalesce(post.reactions.summary.total_count, post.likes.summary.total_count)') }} as reactions,
        {{ counter('post.comments.summary.total_count') }} as comments,
        {{ counter('coalesce(post.shares.count, case when asked_for_shares then 0 end)') }} as shares,
        cast(null as bigint) as saves,
        {{ counter(facebook_insight('post.insights', 'post_clicks')) }} as clicks,
        false as is_deleted,
        answer_id,
        landed_at
    from items
)

select * from renamed
{{ landed_last(['account_id', 'external_id', 'observed_hour']) }}
