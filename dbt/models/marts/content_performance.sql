{{ config(
    window='published',
    window_column='published_date',
    partitioned_by='year(published_date)',
    sorted_by=['organization_id', 'account_id', 'published_date'],
) }}
{%- set windowed = is_windowed(changes_of('published')) -%}
{%- set since = earliest('published_from', published_from(), 'date') if windowed %}

with engagement as (
    select * from {{ ref('engagement') }}
    {%- if windowed %}
    where published_date >= {{ since }} - {{ var('index_days') }}
        and account_id in (select account_id from {{ published_from() }})
    {%- else %}
    where {{ of_part('account_id') }}
    {%- endif %}
),

-- The account's own posts of the 90 days up to and with the day of the post.
compared as (
    select
        *,
        median(engagement) over usual as usual_engagement,
        count(engagement) over usual as posts_compared,
        median(engagement_7d) over usual as usual_engagement_7d,
        count(engagement_7d) over usual as posts_compared_7d
    from engagement
    window usual as (
        partition by account_id order by published_date
        range between interval '{{ var("index_days") - 1 }} days' preceding and current row
    )
),

posts as (
    select * from {{ ref('dim_posts') }}
    where {{ 'published_date >= ' ~ since if windowed else of_part('account_id') }}
),

accounts as (
    select account_id, timezone from {{ ref('stg_registry__accounts') }}
)

select
    compared.post_key,
    compared.organization_id,
    compared.account_id,
    compared.network,
    compared.published_at,
    compared.published_date,
    compared.kind,
    posts.text_length,
    case
        when posts.text_length is null then null
        when posts.text_length = 0 then 'none'
        when posts.text_length <= 50 then '1 to 50'
        when posts.text_length <= 150 then '51 to 150'
        when posts.text_length <= 300 then '151 to 300'
        when posts.text_length <= 1000 then '301 to 1000'
        else 'over 1000'
    end as text_length_bucket,
    case
        when posts.text_length is null then null
        when posts.text_length = 0 then 0
        when posts.text_length <= 50 then 1
        when posts.text_length <= 150 then 51
        when posts.text_length <= 300 then 151
        when posts.text_length <= 1000 then 301
        else 1001
    end as min_length,
    posts.media_count,
    posts.duration_s,
    posts.hashtags,
    posts.has_link,
    posts.labels,
    posts.campaign,
    cast(isodow(compared.published_at at time zone accounts.timezone) as integer) as weekday,
    cast(hour(compared.published_at at time zone accounts.timezone) as integer) as hour,
    compared.views,
    compared.reach,
    compared.engagement,
    compared.engagement_rate_by_views,
    compared.engagement_rate_by_reach,
    compared.engagement_rate_by_followers,
    compared.views_7d,
    compared.reach_7d,
    compared.engagement_7d,
    compared.engagement_rate_by_views_7d,
    compared.engagement_rate_by_reach_7d,
    compared.engagement_rate_by_followers_7d,
    case when compared.posts_compared >= {{ var('index_posts') }}
        then {{ rate('compared.engagement', 'compared.usual_engagement') }}
    end as index,
    case when compared.posts_compared_7d >= {{ var('index_posts') }}
        then {{ rate('compared.engagement_7d', 'compared.usual_engagement_7d') }}
    end as index_7d
from compared
inner join posts on compared.post_key = posts.post_key
inner join accounts on compared.account_id = accounts.account_id
{%- if windowed %}
inner join {{ published_from() }} as changed on compared.account_id = changed.account_id
where compared.published_date >= changed.published_from
{%- endif %}
