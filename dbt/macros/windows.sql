{#
  Whether this model is built over a window: it was there when a build was last complete, and the models that say
  what changed since were built in this run. Otherwise it is built whole. Unit tests set it to false.
#}
{% macro is_windowed(changes=[]) -%}
    {%- if not execute -%}
        {%- for model in changes -%}{%- do ref(model) -%}{%- endfor -%}
        {{ return(false) }}
    {%- endif -%}
    {%- if not is_incremental() or not of_build("list_contains(models, '" ~ this.identifier ~ "')") -%}
        {{ return(false) }}
    {%- endif -%}
    {%- for model in changes if load_relation(ref(model)) is none -%}
        {{ return(false) }}
    {%- endfor -%}
    {{ return(true) }}
{%- endmacro %}

{# A bound of what changed in this run, as a literal: DuckLake skips the files before it. #}
{% macro earliest(column, relation, type) -%}
    {{ type }} '{{ known_value("select coalesce(min(" ~ column ~ "), '9999-01-01')::varchar from " ~ relation) }}'
{%- endmacro %}

{#
  The strategy of every incremental model: delete a window, insert what was computed for it, in one transaction.
  The config `window` says which window.
    hours      staging: the keys that were parsed anew, what is held in quarantine, the range of a replay
    post_days  an account's posts from the first day that changed
    days       an account's days from the first one that changed
    posts      the posts that changed, and all of an account that is read again
    published  an account's posts (or months) from the publication of the first post that changed
    all        everything
#}
{% macro get_incremental_window_sql(arguments) -%}
    {%- set target = arguments['target_relation'] -%}
    {%- set source = arguments['temp_relation'] -%}
    {%- set columns = get_quoted_csv(arguments['dest_columns'] | map(attribute='name')) -%}
    {%- set window = config.require('window') -%}
    {%- if window == 'all' or not is_windowed(changes_of(window)) %}
    delete from {{ target }};
    {%- elif window == 'hours' and nothing_to_do(source) %}
        {{ return('select 1') }}
    {%- elif window == 'hours' %}
    {{ delete_hours(target, source, arguments['unique_key']) }}
    {%- elif window == 'post_days' %}
    {{ delete_days(target, 'post_days_from', 'date') }}
    {%- elif window == 'days' %}
    {{ delete_days(target, 'days_from', 'date', source) }}
    {%- elif window == 'posts' %}
    {{ delete_posts(target) }}
    {%- elif window == 'published' %}
    {{ delete_published(target, config.require('window_column')) }}
    {%- else %}
        {%- do exceptions.raise_compiler_error('no window is called ' ~ window) -%}
    {%- endif %}
    insert into {{ target }} ({{ columns }}) select {{ columns }} from {{ source }}
{%- endmacro %}

{# Whether nothing was parsed and nothing has to go: then no snapshot is made of it. #}
{% macro nothing_to_do(source) -%}
    {{ return(not requarantined() and not replay_ranges()
        and known_value('select 1 from ' ~ source ~ ' limit 1') is none) }}
{%- endmacro %}

{# The models that say what changed, as far as a window asks them. #}
{% macro changes_of(window) -%}
    {{ return({'post_days': ['int_changes', 'int_changed_posts'], 'days': ['int_changes'], 'posts': ['int_changes', 'int_changed_posts'],
        'published': ['int_changes', 'int_changed_posts']}.get(window, [])) }}
{%- endmacro %}

{# Staging: each key parsed anew replaces the row it had; a row whose answer is held goes. #}
{% macro delete_hours(target, source, keys) -%}
    delete from {{ target }} as kept using {{ source }} as parsed
    where kept.observed_hour >= {{ earliest('observed_hour', source, 'timestamptz') }}
    {%- for key in keys %}
        and kept.{{ key }} = parsed.{{ key }}
    {%- endfor %};
    {%- if requarantined() %}
    delete from {{ target }} where answer_id in ({{ settled_answers() }}) and answer_id in ({{ held_answers() }});
    {%- endif %}
    {%- set ranges = replay_ranges() %}
    {%- if ranges %}
    delete from {{ target }} where {{ in_replay(target.identifier.split('_')[1], ranges) }};
    {%- endif %}
{%- endmacro %}

{# The posts that changed, by the month they were published in; all of an account that is read again. #}
{% macro delete_posts(target) -%}
    delete from {{ target }} where {{ of_changed_posts('published_date') }};
    {%- if known_value('select 1 from ' ~ ref('int_changes') ~ ' where is_read_again limit 1') is not none %}
    delete from {{ target }} where account_id in (select account_id from {{ ref('int_changes') }} where is_read_again);
    {%- endif %}
{%- endmacro %}

{# What stands on an account's posts from the first one that changed. #}
{% macro delete_published(target, column) -%}
    delete from {{ target }} as kept using {{ published_from() }} as changed
    where kept.{{ column }} >= date_trunc('month', {{ earliest('published_from', published_from(), 'date') }})
        and kept.account_id = changed.account_id
        and kept.{{ column }} >= {{ "date_trunc('month', changed.published_from)" if column == 'month' else 'changed.published_from' }};
{%- endmacro %}

{# For each account the first day whose posts or own figures changed. #}
{% macro published_from() -%}
    (
        select account_id, min(first) as published_from from (
            select account_id, published_date as first from {{ ref('int_changed_posts') }}
            union all
            select account_id, days_from from {{ ref('int_changes') }} where days_from is not null
        ) group by account_id
    )
{%- endmacro %}

{# The rows of each account from a date on: that of int_changes, or an earlier one that was computed. #}
{% macro delete_days(target, since, column, source=none) -%}
    {%- set first = earliest(since, ref('int_changes'), 'date') %}
    delete from {{ target }} as kept using {{ ref('int_changes') }} as changed
    where kept.{{ column }} >= {{ first }}
        and kept.account_id = changed.account_id
        and kept.{{ column }} >= changed.{{ since }};
    {%- if source is not none %}
    delete from {{ target }} as kept
    using (select account_id, min({{ column }}) as first from {{ source }} group by account_id) as computed
    where kept.{{ column }} >= {{ earliest(column, source, 'date') }}
        and kept.account_id = computed.account_id
        and kept.{{ column }} >= computed.first;
    {%- endif %}
{%- endmacro %}

{#
  Partitions and order hold for a table made anew by --full-refresh too: the adapter leaves them out there, for
  the table is written under another name first. Few rows a day need no partitions.
#}
{% macro duckdb__get_partitioned_by(relation, temporary) -%}
    {%- set wanted = config.get('partitioned_by', none) -%}
    {%- if temporary or not wanted or model.name.endswith('__accounts') or model.name.endswith('__demographics') -%}
        {{ return(none) }}
    {%- endif -%}
    {{ return((([wanted] if wanted is string else wanted)) | join(', ')) }}
{%- endmacro %}

{% macro duckdb__get_sorted_by(relation, temporary) -%}
    {%- set wanted = config.get('sorted_by', none) -%}
    {{ return(none if temporary or not wanted else ([wanted] if wanted is string else wanted) | join(', ')) }}
{%- endmacro %}

{#
  Whether a row belongs to a post of int_changed_posts. An observation lies after its post's publication, so older
  hours are skipped; of a table with `published_date` the older months.
#}
{% macro of_changed_posts(column=none) -%}
    {%- set first = earliest('published_date', ref('int_changed_posts'), 'date') ~ ' - ' ~ var('moved_days') -%}
    {{ column if column else 'observed_hour' }} >= {{ first if column else 'cast(' ~ first ~ ' as timestamptz)' }}
        and post_key in (select post_key from {{ ref('int_changed_posts') }})
{%- endmacro %}
