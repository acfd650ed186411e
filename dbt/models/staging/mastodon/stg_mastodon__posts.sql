{{ config(unique_key=['account_id', 'external_id', 'observed_hour']) }}

-- An answer is a list by itself. The account sees its own direct messages in it, which are no posts.
with source as (
    {{ landed_answers('mastodon', 'posts') }}
),

items as (
    select
        * exclude (request, body),
        unnest(from_json(body, '[{
            "id": "VARCHAR",
            "created_at": "VARCHAR",
            "in_reply_to_id": "VARCHAR",
            "visibility": "VARCHAR",
            "url": "VARCHAR",
            "content": "VARCHAR",
            "reblog": {"id": "VARCHAR"},
            "media_attachments": [{"type": "VARCHAR", "meta": {"original": {"duration": "DOUBLE"}}}],
            "card": {"url": "VARCHAR"},
            "favourites_count": "BIGINT",
            "replies_count": "BIGINT",
            "reblogs_count": "BIGINT",
            "quotes_count": "BIGINT"
        }]')) as post
    from source
),

described as (
    select
        *,
        [attachment.type for attachment in coalesce(post.media_attachments, [])] as media_types,
        coalesce(
            post.card.url,
            -- The first link in the text: mentions and hashtags are links too, and say so in their class.
            [
                regexp_extract(tag, 'href="([^"]+)"', 1)
                for tag in regexp_extract_all(post.content, '<a [^>]*>')
                if not regexp_matches(tag, 'class="[^"]*\b(mention|hashtag)\b')
            ][1]
        ) as link
    from items
    where post.visibility is distinct from 'direct'
),

renamed as (
    select
        account_id,
        post.id as external_id,
        observed_hour,
        observed_at,
        {{ moment('try_cast(post.created_at as timestamptz)') }} as published_at,
        case
            when post.reblog.id is not null then 'repost'
            when post.in_reply_to_id is not null then 'reply'
            when list_has_any(media_types, ['video', 'gifv', 'audio']) then 'video'
            when len(media_types) > 0 then 'photo'
            when link is not null then 'link'
            else 'status'
        end as kind,
        {{ html_text('post.content') }} as text,
        link,
        post.url as permalink,
        cast(len(media_types) as integer) as media_count,
        list_max([attachment.meta.original.duration for attachment in post.media_attachments]) as duration_s,
        cast(null as bigint) as views,
        cast(null as bigint) as reach,
        {{ counter('post.favourites_count') }} as reactions,
        {{ counter('post.replies_count') }} as comments,
        {{ known_sum([counter('post.reblogs_count'), counter('post.quotes_count')]) }} as shares,
        cast(null as bigint) as saves,
        cast(null as bigint) as clicks,
        false as is_deleted,
        answer_id,
        landed_at
    from described
)

select * from renamed
{{ landed_last(['account_id', 'external_id', 'observed_hour']) }}
