{{ config(
    window='published',
    window_column='month',
    partitioned_by='year(month)',
    sorted_by=['organization_id', 'account_id', 'month'],
) }}
{%- set windowed = is_windowed(changes_of('published')) -%}
{%- set sums = ['views', 'reactions', 'comments', 'shares', 'saves', 'clicks', 'engagement'] -%}
{%- set since = "date_trunc('month', " ~ earliest('published_from', published_from(), 'date') ~ ")" if windowed %}

with published as (
    select
        organization_id,
        account_id,
        network,
        cast(date_trunc('month', published_date) as date) as month,
        count(*) as posts,
        {%- for counter in sums %}
        cast(sum({{ counter }}) as bigint) as {{ counter }},
        {%- endfor %}
        count(views) as posts_with_views,
        count(engagement) as posts_with_engagement,
        cast(sum(engagement) filter (where views is not null) as bigint) as engagement_of_viewed,
        cast(sum(views) filter (where engagement is not null) as bigint) as views_of_engaged,
        {{ exact_mean('engagement_rate_by_followers') }} as engagement_rate_by_followers
    from {{ ref('engagement') }}
    {%- if windowed %}
    where published_date >= {{ since }}
    {%- endif %}
    group by all
),

followed as (
    select
        organization_id,
        account_id,
        cast(date_trunc('month', date) as date) as month,
        arg_max(followers, date) as followers
    from {{ ref('fct_account_metrics_daily') }}
    where followers is not null
    {%- if windowed %}
        and date >= {{ since }} - interval '1 month'
    {%- endif %}
    group by all
),

grown as (
    select
        *,
        followers - max(followers) over (
            partition by account_id order by month
            range between interval '1 month' preceding and interval '1 month' preceding
        ) as net_followers
    from followed
),

months as (
    select
        coalesce(published.organization_id, grown.organization_id) as organization_id,
        coalesce(published.account_id, grown.account_id) as account_id,
        coalesce(published.month, grown.month) as month,
        published.* exclude (organization_id, account_id, month, network),
        grown.followers,
        grown.net_followers
    from published
    full join grown
        on published.account_id = grown.account_id
        and published.month = grown.month
),

breaks as (
    select
        network,
        cast(date_trunc('month', break_date) as date) as month,
        list(distinct metric order by metric) as broken,
        -- On the first of a month all its posts have the new meaning; else they are no sum.
        coalesce(list(distinct metric) filter (where subject = 'post' and day(break_date) > 1), []) as torn,
        bool_or(subject = 'account' and metric = 'followers') as are_followers_others
    from {{ ref('metric_breaks') }}
    group by all
),

accounts as (
    select account_id, network from {{ ref('stg_registry__accounts') }}
)

select
    months.organization_id,
    months.account_id,
    accounts.network,
    months.month,
    coalesce(months.posts, 0) as posts,
    {%- for counter in sums %}
    case when not {{ is_torn([counter]) }} then months.{{ counter }} end as {{ counter }},
    {%- endfor %}
    coalesce(months.posts_with_views, 0) as posts_with_views,
    coalesce(months.posts_with_engagement, 0) as posts_with_engagement,
    case when not {{ is_torn(['engagement', 'views']) }}
        then {{ rate('months.engagement_of_viewed', 'months.views_of_engaged') }}
    end as engagement_rate_by_views,
    case when not {{ is_torn(['engagement']) }} then months.engagement_rate_by_followers end as engagement_rate_by_followers,
    months.followers,
    case when not coalesce(breaks.are_followers_others, false) then months.net_followers end as net_followers,
    coalesce(breaks.broken, cast([] as varchar[])) as broken_metrics
from months
inner join accounts on months.account_id = accounts.account_id
left join breaks
    on accounts.network = breaks.network
    and months.month = breaks.month
{%- if windowed %}
inner join {{ published_from() }} as changed on months.account_id = changed.account_id
where months.month >= date_trunc('month', changed.published_from)
{%- endif %}
