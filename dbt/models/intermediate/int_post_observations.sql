with accounts as (
    select * from {{ ref('stg_registry__accounts') }}
),

facebook as (
    select * exclude (answer_id, landed_at) from {{ ref('stg_facebook__posts') }}
),

x as (
    select
        * exclude (views, reactions, comments, shares, clicks, bookmarks, answer_id, landed_at),
        -- A repost carries the counters of someone else's post.
        case when kind <> 'repost' then views end as views,
        case when kind <> 'repost' then reactions end as reactions,
        case when kind <> 'repost' then comments end as comments,
        case when kind <> 'repost' then shares end as shares,
        case when kind <> 'repost' then clicks end as clicks
    from {{ ref('stg_x__posts') }}
),

unioned as (
    select * from facebook
    union all by name
    select * from x
),

localized as (
    select
        unioned.account_id || ':' || unioned.external_id as post_key,
        accounts.organization_id,
        unioned.account_id,
        accounts.network,
        unioned.external_id,
        unioned.observed_hour,
        unioned.observed_at,
        {{ local_date('unioned.observed_at', 'accounts.timezone') }} as date,
        unioned.published_at,
        {{ local_date('unioned.published_at', 'accounts.timezone') }} as published_date,
        unioned.kind,
        unioned.text,
        unioned.link,
        unioned.permalink,
        unioned.views,
        unioned.reach,
        unioned.reactions,
        unioned.comments,
        unioned.shares,
        unioned.clicks,
        {{ known_sum(['unioned.reactions', 'unioned.comments', 'unioned.shares']) }} as engagement
    from unioned
    inner join accounts on unioned.account_id = accounts.account_id
)

select * from localized
