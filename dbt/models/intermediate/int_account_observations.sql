with accounts as (
    select * from {{ ref('stg_registry__accounts') }}
),

{% if staged('account_metrics') -%}
points as (
    {%- for each in staged('account_metrics') %}
    select
        '{{ each.network }}' as network, account_id, metric, value, observed_hour, observed_at, landed_at,
        {{ "end_time, cast(null as date) as date" if each.day == 'end_time' else "cast(null as timestamptz) as end_time, date" }}
    from {{ ref(each.model) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- Several of a network's own numbers may come to one comparable one.
series as (
    select
        points.account_id,
        coalesce(points.date, {{ day_ending('points.end_time', 'accounts.timezone') }}) as date,
        catalogue.metric,
        sum(points.value) as value,
        points.observed_hour,
        points.observed_at,
        max(points.landed_at) as landed_at
    from points
    inner join accounts on points.account_id = accounts.account_id
    inner join {{ ref('metric_catalogue') }} as catalogue
        on points.network = catalogue.network
        and points.metric = catalogue.native_name
    where catalogue.subject = 'account'
        and catalogue.time_basis = 'day'
        and catalogue.metric in ('followers', 'views', 'reach', 'engagement', 'follows', 'unfollows')
    group by all
),
{%- endif %}

counters as (
    {{ union_of(staged('accounts') | map(attribute='model'), {
        'account_id': 'varchar', 'observed_hour': 'timestamptz', 'observed_at': 'timestamptz', 'followers': 'bigint',
        'landed_at': 'timestamptz',
    }) }}
),

snapshots as (
    select
        counters.account_id,
        {{ local_date('counters.observed_at', 'accounts.timezone') }} as date,
        'followers' as metric,
        cast(counters.followers as double) as value,
        counters.observed_hour,
        counters.observed_at,
        counters.landed_at
    from counters
    inner join accounts on counters.account_id = accounts.account_id
),

unioned as (
    {%- if staged('account_metrics') %}
    select * from series
    union all by name
    {%- endif %}
    select * from snapshots
    union all by name
    select
        account_id,
        date,
        'followers' as metric,
        cast(followers as double) as value,
        observed_hour,
        observed_at,
        landed_at
    from {{ ref('stg_imported__followers') }}
)

select
    accounts.organization_id,
    unioned.account_id,
    unioned.date,
    unioned.metric,
    cast(unioned.value as bigint) as value,
    unioned.observed_hour,
    unioned.observed_at,
    unioned.landed_at
from unioned
inner join accounts on unioned.account_id = accounts.account_id
where unioned.value is not null
