{#
  A whole build goes over a long history in parts, so that the memory it needs does not grow with the history:
  staging goes by the hours of the answers, what is made of posts by their accounts. A model filters what it reads
  with `of_part`, of one of the two columns; its table is then filled part by part. Of a short history there is
  one part, and the filter is `true`.
#}
{% macro of_part(column) -%}
    {%- if (of_build('parts') or 1) > 1 -%}
        {{ column }} >= {{ bound(column, 'from') }} and {{ column }} < {{ bound(column, 'until') }}
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{# A bound of the part that is being filled: a variable of the session. #}
{% macro bound(column, side) -%}
    getvariable('{{ column }}_{{ side }}')
{%- endmacro %}

{# The least value of each of these columns, and one above every other. #}
{% macro ends_of(column) -%}
    {{ return({
        'observed_hour': ["timestamptz '-infinity'", "timestamptz 'infinity'"],
        'account_id': ["''", 'chr(1114111)'],
    }[column]) }}
{%- endmacro %}

{# In how many parts a whole build goes: each has `part_share` bytes of raw answers for a byte of memory. #}
{% macro count_parts() -%}
    (
        select 1 + cast(coalesce(sum(file_size_bytes), 0) // ({{ var('part_share') }} * 1000000
            * {{ env_var('ALLIN_BUILD_MEMORY_MB', '2400') }}) as integer)
        from ducklake_table_info('{{ target.database }}') where table_name = 'answers'
    )
{%- endmacro %}

{# Where the parts begin and end, as SQL literals: each has about as many answers as the others. #}
{% macro bounds_of_parts(column) -%}
    {%- set ends = ends_of(column) -%}
    {%- set bounds = [ends[0]] -%}
    {%- set begins = run_query('
        select min(' ~ column ~ ')::varchar from (
            select ' ~ column ~ ', (sum(count(*)) over (order by ' ~ column ~ ') - count(*)) * ' ~ of_build('parts') ~ '
                // sum(count(*)) over () as part
            from ' ~ target.database ~ '.raw.answers group by ' ~ column ~ '
        ) group by part order by part
    ').columns[0].values() -%}
    {%- for begin in begins[1:] -%}
        {%- do bounds.append(("timestamptz " if column == 'observed_hour' else '') ~ "'" ~ begin ~ "'") -%}
    {%- endfor -%}
    {{ return(bounds + [ends[1]]) }}
{%- endmacro %}

{# As the adapter makes a table, but where the code names a part, it is made empty and filled one part at a time. #}
{% macro duckdb__create_table_as(temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none) -%}
    {%- set parted = [] -%}
    {%- for column in ['observed_hour', 'account_id'] if bound(column, 'from') in compiled_code -%}
        {%- do parted.append(column) -%}
    {%- endfor -%}
    {%- if not parted -%}
        {{ return(dbt.duckdb__create_table_as(temporary, relation, compiled_code, language, partitioned_by, sorted_by)) }}
    {%- endif -%}
    {%- set column = parted[0] -%}
    {%- set bounds = bounds_of_parts(column) -%}
    {{ dbt.duckdb__create_table_as(temporary, relation, 'select * from (' ~ compiled_code ~ ') limit 0', language,
        partitioned_by, sorted_by) }}
    {%- for begin in bounds[:-1] %};
    set variable {{ column }}_from = {{ begin }};
    set variable {{ column }}_until = {{ bounds[loop.index] }};
    insert into {{ relation.include(database=not temporary, schema=not temporary) }} by name {{ compiled_code }}
    {%- endfor %}
{%- endmacro %}
