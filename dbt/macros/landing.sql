{#
  The answers of one network and entity that this build has to parse: all of them, or on an incremental build
  whole hours of accounts, those of which an answer landed since the last complete build (less `landing_overlap`)
  or is to be read again. Answers in quarantine are left out. The first such hour is written as a constant, so
  that DuckLake skips older files.
#}
{% macro landed_answers(network, entity) -%}
    {%- set windowed = is_windowed() -%}
    select
        answer_id,
        account_id,
        request,
        body,
        observed_hour,
        requested_at as observed_at,
        landed_at
    from {{ source('raw', network) }}
    where network = '{{ network }}'
        and entity = '{{ entity }}'
        and status = 200
    {%- if any_in_quarantine() %}
        and answer_id not in ({{ held_answers() }})
    {%- endif %}
    {%- if windowed %}
        {%- set hours %}
            select account_id, observed_hour from {{ source('raw', network) }}
            where network = '{{ network }}' and entity = '{{ entity }}' and {{ changed_answers(network) }}
        {%- endset %}
        and observed_hour >= {{ earliest('observed_hour', '(' ~ hours ~ ')', 'timestamptz') }}
        and (account_id, observed_hour) in ({{ hours }})
    {%- else %}
        and {{ of_part('observed_hour') }}
    {%- endif %}
{%- endmacro %}

{# Whether an answer is new to the models, or to be read again. In a replay: whether it lies in its range. #}
{% macro changed_answers(network) -%}
    {%- set changes = [] -%}
    {%- set ranges = replay_ranges() -%}
    {%- if ranges -%}
        {%- do changes.append(in_replay(network, ranges)) -%}
    {%- endif -%}
    {%- if var('replay_from') is none -%}
        {%- do changes.append('landed_at > ' ~ changed_since()) -%}
        {%- if requarantined() -%}
            {%- do changes.append('answer_id in (' ~ settled_answers() ~ ')') -%}
        {%- endif -%}
    {%- endif -%}
    ({{ changes | join(' or ') }})
{%- endmacro %}

{#
  Keep one row for each key: the one landed last. Every later landing of a key lies behind the mark too,
  so an incremental build and a full one keep the same row.
#}
{% macro landed_last(keys) -%}
    qualify row_number() over (
        partition by {{ keys | join(', ') }}
        order by landed_at desc, answer_id desc
    ) = 1
{%- endmacro %}

{# The quarantine by its name, not as a source: unit tests of what reads it need not mock it. #}
{% macro quarantine() -%}
    {{ target.database }}.raw.quarantine
{%- endmacro %}

{# Whether any answer waits or was rejected. #}
{% macro any_in_quarantine() -%}
    {{ return(of_build('any_held') or false) }}
{%- endmacro %}

{# The answers no model may read: those that wait, and those that were rejected. #}
{% macro held_answers() -%}
    select answer_id from {{ quarantine() }} where verdict is distinct from 'accepted'
{%- endmacro %}

{# Whether an answer came into quarantine or left it since the last complete build. #}
{% macro requarantined() -%}
    {{ return(of_build('any_settled') or false) }}
{%- endmacro %}

{# The answers that came into quarantine or left it since then: the hours they belong to are read again. #}
{% macro settled_answers() -%}
    select answer_id from {{ quarantine() }}
    where greatest(found_at, coalesce(settled_at, found_at)) > {{ changed_since() }}
{%- endmacro %}

{# Whether a row's hour lies in one of the ranges to be read again, of this network or of all. #}
{% macro in_replay(network, ranges) -%}
    {%- set own = [] -%}
    {%- for range in ranges if range.network in (none, '', network) -%}
        {%- do own.append(
            "observed_hour >= timestamptz '" ~ range.first ~ " 00:00:00+00' and observed_hour < timestamptz '"
            ~ range.last ~ " 00:00:00+00' + interval '1 day'"
        ) -%}
    {%- endfor -%}
    {{ '((' ~ own | join(') or (') ~ '))' if own else 'false' }}
{%- endmacro %}
