{%- set counters = ['views', 'reach', 'reactions', 'comments', 'shares', 'saves', 'clicks'] -%}
{%- set columns = {
    'account_id': 'varchar', 'external_id': 'varchar', 'observed_hour': 'timestamptz', 'observed_at': 'timestamptz',
    'published_at': 'timestamptz', 'kind': 'varchar', 'text': 'varchar', 'link': 'varchar', 'permalink': 'varchar',
    'media_count': 'integer', 'duration_s': 'double', 'is_deleted': 'boolean', 'views': 'bigint', 'reach': 'bigint',
    'reactions': 'bigint', 'comments': 'bigint', 'shares': 'bigint', 'saves': 'bigint', 'clicks': 'bigint',
    'landed_at': 'timestamptz',
} -%}

with accounts as (
    select * from {{ ref('stg_registry__accounts') }}
),

listed as (
    {{ union_of(staged('posts') | map(attribute='model'), columns) }}
),

{% if staged('post_metrics') -%}
-- What a network tells apart from its list of posts: its own names become the comparable ones of the catalogue.
told as (
    {%- for each in staged('post_metrics') %}
    select '{{ each.network }}' as network, account_id, external_id, metric, observed_hour, observed_at, value, landed_at
    from {{ ref(each.model) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

counted as (
    select
        told.account_id,
        told.external_id,
        told.observed_hour,
        max(told.observed_at) as observed_at,
        {%- for counter in counters %}
        cast(sum(told.value) filter (where catalogue.metric = '{{ counter }}') as bigint) as {{ counter }},
        {%- endfor %}
        max(told.landed_at) as landed_at
    from told
    inner join {{ ref('metric_catalogue') }} as catalogue
        on told.network = catalogue.network
        and told.metric = catalogue.native_name
    where catalogue.subject = 'post'
    group by told.account_id, told.external_id, told.observed_hour
),
{%- endif %}

sightings as (
    select {{ columns.keys() | join(', ') }} from listed
    {%- if staged('post_metrics') %}
    union all by name
    select * from counted
    {%- endif %}
)

select
    sightings.account_id || ':' || sightings.external_id as post_key,
    accounts.organization_id,
    sightings.account_id,
    accounts.network,
    sightings.external_id,
    sightings.observed_hour,
    sightings.observed_at,
    {{ local_date('sightings.observed_at', 'accounts.timezone') }} as date,
    sightings.published_at,
    {{ local_date('sightings.published_at', 'accounts.timezone') }} as published_date,
    sightings.kind,
    sightings.text,
    sightings.link,
    sightings.permalink,
    sightings.media_count,
    sightings.duration_s,
    sightings.is_deleted,
    -- A repost carries the counters of someone else's post.
    {%- for counter in counters %}
    case when sightings.kind is distinct from 'repost' then sightings.{{ counter }} end as {{ counter }},
    {%- endfor %}
    sightings.landed_at
from sightings
inner join accounts on sightings.account_id = accounts.account_id
