{#
  The networks whose staging models the marts read: one line for each network. A new network is a line here.
    metrics  it tells numbers of posts apart from their list (stg_<network>__post_metrics)
    days     it has daily series (stg_<network>__account_metrics), with 'end_time' or 'date'
#}
{% macro networks() -%}
    {{ return([
        {'key': 'facebook', 'metrics': true, 'days': 'end_time'},
        {'key': 'instagram', 'metrics': true, 'days': 'end_time'},
        {'key': 'x', 'metrics': true},
        {'key': 'threads', 'metrics': true, 'days': 'end_time'},
        {'key': 'linkedin', 'metrics': true, 'days': 'date'},
        {'key': 'pinterest', 'metrics': true, 'days': 'date'},
        {'key': 'tiktok'},
        {'key': 'youtube', 'metrics': true, 'days': 'date'},
        {'key': 'bluesky'},
        {'key': 'mastodon'},
    ]) }}
{%- endmacro %}

{#
  The staging models of one kind (posts, post_metrics, accounts, account_metrics), each with its network. In a build
  those of networks that have an account; what was imported is of any network.
#}
{% macro staged(kind) -%}
    {%- set present = of_build('networks') -%}
    {%- set found = [] -%}
    {%- for network in networks() if present is none or network.key in present -%}
        {%- if kind in ('posts', 'accounts') or (kind == 'post_metrics' and network.metrics)
            or (kind == 'account_metrics' and network.days) -%}
            {%- do found.append({'network': network.key, 'model': 'stg_' ~ network.key ~ '__' ~ kind,
                'day': network.days}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if kind == 'posts' -%}
        {%- do found.append({'network': none, 'model': 'stg_imported__posts'}) -%}
    {%- endif -%}
    {{ return(found) }}
{%- endmacro %}

{# The rows of several models below each other: the columns named, each null where a model has none of that name. #}
{% macro union_of(models, columns) -%}
    select * from (
        select
        {%- for name, type in columns.items() %}
            cast(null as {{ type }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
        where false
    {%- for model in models %}
        union all by name
        select * from {{ ref(model) }}
    {%- endfor %}
    )
{%- endmacro %}
