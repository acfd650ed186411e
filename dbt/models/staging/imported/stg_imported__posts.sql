{{ config(unique_key=['account_id', 'external_id', 'observed_hour']) }}

with source as (
    {{ landed_answers('imported', 'imported_posts') }}
),

items as (
    select
        * exclude (request, body),
        unnest(from_json(body -> '$.rows', '[{
            "post_id": "VARCHAR",
            "published_at": "TIMESTAMPTZ",
            "kind": "VARCHAR",
            "text": "VARCHAR",
            "link": "VARCHAR",
            "permalink": "VARCHAR",
            "impressions": "BIGINT",
            "reach": "BIGINT",
            "reactions": "BIGINT",
            "comments": "BIGINT",
            "shares": "BIGINT",
            "saves": "BIGINT",
            "clicks": "BIGINT"
        }]')) as post
    from source
),

renamed as (
    select
        account_id,
        post.post_id as external_id,
        observed_hour,
        observed_at,
        post.published_at as published_at,
        post.kind as kind,
        post.text as text,
        post.link as link,
        post.permalink as permalink,
        cast(null as integer) as media_count,
        cast(null as double) as duration_s,
        post.impressions as views,
        post.reach as reach,
        post.reactions as reactions,
        post.comments as comments,
        post.shares as shares,
        post.saves as saves,
        post.clicks as clicks,
        cast(null as boolean) as is_deleted,
        answer_id,
        landed_at
    from items
)

select * from renamed
{{ landed_last(['account_id', 'external_id', 'observed_hour']) }}
