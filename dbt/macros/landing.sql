{#
  The answers of one network and entity that this build has to parse: on an incremental build those landed since
  the newest one already parsed, less `landing_overlap`. The mark is read first and written as a constant,
  so that DuckLake skips the files of older answers.
#}
{% macro landed_answers(network, entity) -%}
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
    {%- if is_incremental() %}
        {%- set mark = run_query('select max(landed_at)::varchar from ' ~ this).rows[0][0] if execute else none %}
        {%- if mark is not none %}
        and landed_at > timestamptz '{{ mark }}' - interval '{{ var("landing_overlap") }}'
        {%- endif %}
    {%- endif %}
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
