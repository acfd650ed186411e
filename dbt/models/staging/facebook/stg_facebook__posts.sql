{{ config(unique_key=['account_id', 'external_id', 'observed_hour']) }}

with source as (
    {{ landed_answers('facebook', 'posts') }}
),

items as (
    select
        * exclude (request, body),
        -- Facebook leaves `shares` out of a post that has none, so absence means 0 where it was asked for.
        regexp_matches(cast(request as varchar), '\bshares\b') as asked_for_shares,
        unnest(from_json(body -> '$.data', '[{
            "id": "VARCHAR",
            "created_time": "VARCHAR",
            "message": "VARCHAR",
            "permalink_url": "VARCHAR",
            "status_type": "VARCHAR",
            "attachments": {"data": [
                {"media_type": "VARCHAR", "type": "VARCHAR", "url": "VARCHAR", "unshimmed_url": "VARCHAR"}
            ]},
            "shares": {"count": "BIGINT"},
            "reactions": {"summary": {"total_count": "BIGINT"}},
            "comments": {"summary": {"total_count": "BIGINT"}},
            "insights": {"data": [{"name": "VARCHAR", "values": [{"value": "JSON"}]}]}
        }]')) as post
    from source
    -- Reels are listed apart, with other fields; they have no model yet.
    where coalesce(request ->> '$.path', '') not like '%/video_reels'
),

renamed as (
    select
        account_id,
        post.id as external_id,
        observed_hour,
        observed_at,
        try_cast(post.created_time as timestamptz) as published_at,
        case
            when post.attachments.data[1].media_type in ('photo', 'album') then 'photo'
            when post.attachments.data[1].media_type = 'video' then 'video'
            when post.attachments.data[1].media_type = 'link' then 'link'
            when post.status_type = 'added_photos' then 'photo'
            when post.status_type = 'added_video' then 'video'
            when post.status_type = 'shared_story' then 'link'
            else 'status'
        end as kind,
        post.message as text,
        case
            when post.attachments.data[1].media_type = 'link'
                then coalesce(post.attachments.data[1].unshimmed_url, post.attachments.data[1].url)
        end as link,
        post.permalink_url as permalink,
        {{ facebook_insight('post.insights', 'post_media_view') }} as views,
        {{ facebook_insight('post.insights', 'post_total_media_view_unique') }} as reach,
        post.reactions.summary.total_count as reactions,
        post.comments.summary.total_count as comments,
        coalesce(post.shares.count, case when asked_for_shares then 0 end) as shares,
        {{ facebook_insight('post.insights', 'post_clicks') }} as clicks,
        answer_id,
        landed_at
    from items
)

select * from renamed
{{ landed_last(['account_id', 'external_id', 'observed_hour']) }}
