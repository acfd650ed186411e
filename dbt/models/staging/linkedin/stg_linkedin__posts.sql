{{ config(unique_key=['account_id', 'external_id', 'observed_hour']) }}

-- The list has no numbers: all of them are statistics (post_metrics).
with source as (
    {{ landed_answers('linkedin', 'posts') }}
),

items as (
    select
        * exclude (request, body),
        unnest(from_json(body -> '$.elements', '[{
            "id": "VARCHAR",
            "commentary": "VARCHAR",
            "lifecycleState": "VARCHAR",
            "createdAt": "BIGINT",
            "publishedAt": "BIGINT",
            "reshareContext": {"parent": "VARCHAR"},
            "content": {
                "media": {"id": "VARCHAR"},
                "multiImage": {"images": [{"id": "VARCHAR"}]},
                "article": {"source": "VARCHAR"}
            }
        }]')) as post
    from source
),

renamed as (
    select
        account_id,
        post.id as external_id,
        observed_hour,
        observed_at,
        {{ moment('try(to_timestamp(coalesce(post."publishedAt", post."createdAt") / 1000))') }} as published_at,
        case
            when post."reshareContext".parent is not null and coalesce(post.commentary, '') = '' then 'repost'
            when post.content.media.id like 'urn:li:video:%' then 'video'
            when post.content.media.id like 'urn:li:document:%' then 'document'
            when post.content.media.id is not null or post.content."multiImage" is not null then 'photo'
            when post.content.article.source is not null then 'link'
            else 'status'
        end as kind,
        {{ little_text('post.commentary') }} as text,
        post.content.article.source as link,
        'https://www.linkedin.com/feed/update/' || post.id || '/' as permalink,
        cast(coalesce(
            len(post.content."multiImage".images), case when post.content.media.id is not null then 1 else 0 end
        ) as integer) as media_count,
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
    -- A video that LinkedIn still works on, or refused, is no post.
    where coalesce(post."lifecycleState", 'PUBLISHED') = 'PUBLISHED'
)

select * from renamed
{{ landed_last(['account_id', 'external_id', 'observed_hour']) }}
