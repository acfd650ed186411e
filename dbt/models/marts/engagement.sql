with posts as (
    select * from {{ ref('int_posts') }}
    where kind <> 'repost'
),

followers as (
    select account_id, date, followers from {{ ref('fct_account_metrics_daily') }}
    where followers is not null
),

-- The followers a post had to win: the last figure known on its day, no older than a week.
joined as (
    select
        posts.*,
        case when posts.published_date - followers.date <= 7 then followers.followers end as followers
    from posts
    asof left join followers
        on posts.account_id = followers.account_id
        and posts.published_date >= followers.date
)

select
    post_key,
    organization_id,
    account_id,
    network,
    published_at,
    published_date,
    kind,
    epoch(last_observed_at - published_at) / 3600 as age_hours,
    views,
    reach,
    reactions,
    comments,
    shares,
    clicks,
    engagement,
    {{ rate('engagement', 'views') }} as engagement_rate_by_views,
    {{ rate('engagement', 'reach') }} as engagement_rate_by_reach,
    {{ rate('engagement', 'followers') }} as engagement_rate_by_followers
from joined
