{{ config(unique_key=['account_id', 'external_id', 'observed_hour']) }}

-- A page of uploads without any wanted video is answered by the list itself, which is of no use here. YouTube
-- writes its counts as text, and leaves out those that the channel hides.
with source as (
    {{ landed_answers('youtube', 'posts') }}
),

items as (
    select
        * exclude (request, body),
        unnest(from_json(body -> '$.items', '[{
            "kind": "VARCHAR",
            "id": "VARCHAR",
            "snippet": {"publishedAt": "VARCHAR", "title": "VARCHAR", "description": "VARCHAR"},
            "contentDetails": {"duration": "VARCHAR"},
            "status": {"uploadStatus": "VARCHAR"},
            "statistics": {"viewCount": "VARCHAR", "likeCount": "VARCHAR", "commentCount": "VARCHAR"}
        }]')) as post
    from source
),

renamed as (
    select
        account_id,
        post.id as external_id,
        observed_hour,
        observed_at,
        {{ moment('try_cast(post.snippet."publishedAt" as timestamptz)') }} as published_at,
        'video' as kind,
        case
            when starts_with(post.snippet.description, post.snippet.title) then post.snippet.description
            else concat_ws(chr(10), post.snippet.title, nullif(post.snippet.description, ''))
        end as text,
        cast(null as varchar) as link,
        'https://www.youtube.com/watch?v=' || post.id as permalink,
        1 as media_count,
        {{ iso_duration_s('post."contentDetails".duration') }} as duration_s,
        {{ counter('try_cast(post.statistics."viewCount" as bigint)') }} as views,
        cast(null as bigint) as reach,
        {{ counter('try_cast(post.statistics."likeCount" as bigint)') }} as reactions,
        {{ counter('try_cast(post.statistics."commentCount" as bigint)') }} as comments,
        cast(null as bigint) as shares,
        cast(null as bigint) as saves,
        cast(null as bigint) as clicks,
        coalesce(post.status."uploadStatus" = 'deleted', false) as is_deleted,
        answer_id,
        landed_at
    from items
    where post.kind = 'youtube#video'
)

select * from renamed
{{ landed_last(['account_id', 'external_id', 'observed_hour']) }}
