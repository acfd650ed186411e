{{ config(unique_key=['account_id', 'external_id', 'observed_hour']) }}

-- The feed has reposts too: posts of others, or own ones once more, with the counters of the post itself. They are
-- no posts of the account. What an author pinned is, and stands in the feed twice.
with source as (
    {{ landed_answers('bluesky', 'posts') }}
),

items as (
    select
        * exclude (request, body),
        unnest(from_json(body -> '$.feed', '[{
            "reason": {"$type": "VARCHAR"},
            "post": {
                "uri": "VARCHAR",
                "author": {"handle": "VARCHAR"},
                "record": {
                    "text": "VARCHAR",
                    "createdAt": "VARCHAR",
                    "reply": {"parent": {"uri": "VARCHAR"}},
                    "facets": [{"features": [{"uri": "VARCHAR"}]}]
                },
                "embed": {
                    "$type": "VARCHAR",
                    "images": ["JSON"],
                    "external": {"uri": "VARCHAR"},
                    "media": {"$type": "VARCHAR", "images": ["JSON"], "external": {"uri": "VARCHAR"}}
                },
                "likeCount": "BIGINT",
                "replyCount": "BIGINT",
                "repostCount": "BIGINT",
                "quoteCount": "BIGINT",
                "bookmarkCount": "BIGINT",
                "indexedAt": "VARCHAR"
            }
        }]')) as item
    from source
),

described as (
    select
        * exclude (item),
        item.post as post,
        -- A quote with media has both, one in the other.
        concat_ws(' ', item.post.embed."$type", item.post.embed.media."$type") as embedded,
        len(coalesce(item.post.embed.images, item.post.embed.media.images)) as images,
        coalesce(
            item.post.embed.external.uri,
            item.post.embed.media.external.uri,
            [
                feature.uri for feature in flatten([facet.features for facet in item.post.record.facets])
                if feature.uri is not null
            ][1]
        ) as link,
        try_cast(item.post."indexedAt" as timestamptz) as indexed_at
    from items
    where (item.reason."$type") is distinct from 'app.bsky.feed.defs#reasonRepost'
),

renamed as (
    select
        account_id,
        post.uri as external_id,
        observed_hour,
        observed_at,
        -- Authors say when they wrote a post: earlier than it came, maybe, never later.
        coalesce(
            {{ moment('least(try_cast(post.record."createdAt" as timestamptz), indexed_at)') }},
            {{ moment('indexed_at') }}
        ) as published_at,
        case
            when post.record.reply.parent.uri is not null then 'reply'
            when embedded like '%embed.video%' then 'video'
            when embedded like '%embed.images%' or embedded like '%embed.gallery%' then 'photo'
            when link is not null then 'link'
            else 'status'
        end as kind,
        post.record.text,
        link,
        'https://bsky.app/profile/' || post.author.handle || '/post/' || split_part(post.uri, '/', 5) as permalink,
        cast(coalesce(images, case when embedded like '%embed.video%' then 1 else 0 end) as integer) as media_count,
        cast(null as double) as duration_s,
        cast(null as bigint) as views,
        cast(null as bigint) as reach,
        {{ counter('post."likeCount"') }} as reactions,
        {{ counter('post."replyCount"') }} as comments,
        {{ known_sum([counter('post."repostCount"'), counter('post."quoteCount"')]) }} as shares,
        {{ counter('post."bookmarkCount"') }} as saves,
        cast(null as bigint) as clicks,
        false as is_deleted,
        answer_id,
        landed_at
    from described
)

select * from renamed
{{ landed_last(['account_id', 'external_id', 'observed_hour']) }}
