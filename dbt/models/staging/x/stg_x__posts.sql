{{ config(unique_key=['account_id', 'external_id', 'observed_hour']) }}

-- X names its things in two families, Tweet (retweet_count, referenced_tweets) and Post (repost_count,
-- referenced_posts), and answers in either; both are read.
with source as (
    {{ landed_answers('x', 'posts') }}
),

items as (
    select
        * exclude (request, body),
        from_json(body -> '$.includes.media', '[{"media_key": "VARCHAR", "type": "VARCHAR"}]') as media,
        unnest(from_json(body -> '$.data', '[{
            "id": "VARCHAR",
            "text": "VARCHAR",
            "note_tweet": {"text": "VARCHAR"},
            "note_post": {"text": "VARCHAR"},
            "created_at": "TIMESTAMPTZ",
            "attachments": {"media_keys": ["VARCHAR"]},
            "referenced_tweets": [{"type": "VARCHAR", "id": "VARCHAR"}],
            "referenced_posts": [{"type": "VARCHAR", "id": "VARCHAR"}],
            "entities": {"urls": [{"expanded_url": "VARCHAR"}]},
            "public_metrics": {
                "retweet_count": "BIGINT", "repost_count": "BIGINT", "quote_count": "BIGINT",
                "reply_count": "BIGINT", "like_count": "BIGINT", "bookmark_count": "BIGINT",
                "impression_count": "BIGINT"
            },
            "non_public_metrics": {"url_link_clicks": "BIGINT"}
        }]')) as post
    from source
),

described as (
    select
        *,
        [reference.type for reference in coalesce(post.referenced_posts, post.referenced_tweets, [])] as refers,
        [
            item.type for item in coalesce(media, [])
            if list_contains(coalesce(post.attachments.media_keys, []), item.media_key)
        ] as media_types,
        -- Addresses of posts on X itself stand for quoted posts and attached media, not for links.
        [
            url.expanded_url for url in coalesce(post.entities.urls, [])
            if not regexp_matches(url.expanded_url, '^https?://(www\.)?(x|twitter)\.com/[^/]+/(web/)?status/')
        ] as links
    from items
),

renamed as (
    select
        account_id,
        post.id as external_id,
        observed_hour,
        observed_at,
        {{ moment('post.created_at') }} as published_at,
        case
            when list_has_any(refers, ['retweeted', 'reposted']) then 'repost'
            when list_contains(refers, 'replied_to') then 'reply'
            when list_has_any(media_types, ['video', 'animated_gif']) then 'video'
            when len(coalesce(post.attachments.media_keys, [])) > 0 then 'photo'
            when len(links) > 0 then 'link'
            else 'status'
        end as kind,
        -- `text` is cut in a long post; the note has the whole.
        coalesce(post.note_post.text, post.note_tweet.text, post.text) as text,
        links[1] as link,
        'https://x.com/i/web/status/' || post.id as permalink,
        cast(len(coalesce(post.attachments.media_keys, [])) as integer) as media_count,
        cast(null as double) as duration_s,
        {{ counter('post.public_metrics.impression_count') }} as views,
        cast(null as bigint) as reach,
        {{ counter('post.public_metrics.like_count') }} as reactions,
        {{ counter('post.public_metrics.reply_count') }} as comments,
        {{ known_sum([
            counter('coalesce(post.public_metrics.repost_count, post.public_metrics.retweet_count)'),
            counter('post.public_metrics.quote_count'),
        ]) }} as shares,
        {{ counter('post.public_metrics.bookmark_count') }} as saves,
        {{ counter('post.non_public_metrics.url_link_clicks') }} as clicks,
        false as is_deleted,
        answer_id,
        landed_at
    from described
)

select * from renamed
{{ landed_last(['account_id', 'external_id', 'observed_hour']) }}
