{{ config(unique_key=['account_id', 'external_id', 'observed_hour']) }}

-- The list has likes and comments of its own. Views, reach, shares and saves are insights (post_metrics): the
-- counters of that name in the list, which only one of the two logins has, count advertisements too.
with source as (
    {{ landed_answers('instagram', 'posts') }}
),

items as (
    select
        * exclude (request, body),
        unnest(from_json(body -> '$.data', '[{
            "id": "VARCHAR",
            "caption": "VARCHAR",
            "media_type": "VARCHAR",
            "media_product_type": "VARCHAR",
            "permalink": "VARCHAR",
            "timestamp": "VARCHAR",
            "like_count": "BIGINT",
            "comments_count": "BIGINT"
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
            when post.media_product_type = 'STORY' then 'story'
            when post.media_type = 'CAROUSEL_ALBUM' then 'carousel'
            when post.media_type = 'VIDEO' then 'video'
            else 'photo'
        end as kind,
        post.caption as text,
        cast(null as varchar) as link,
        post.permalink,
        case when post.media_type <> 'CAROUSEL_ALBUM' then 1 end as media_count,
        cast(null as double) as duration_s,
        cast(null as bigint) as views,
        cast(null as bigint) as reach,
        {{ counter('post.like_count') }} as reactions,
        -- A story has no comments but replies, which are insights.
        case when post.media_product_type is distinct from 'STORY' then {{ counter('post.comments_count') }} end
            as comments,
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
