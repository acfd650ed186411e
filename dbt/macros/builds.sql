{#
  What the last complete build stands on, kept in the lake beside the models: until when it read, which models it
  built, with which accounts, and the ranges that are to be read again. A build that is killed leaves it as it
  was, so the next one does over whatever the killed one did.
#}
{% macro kept(name) -%}
    {{ target.database }}.intermediate.{{ name }}
{%- endmacro %}

{#
  At the start of a run: what is kept is there, a replay that is asked for is noted until it is done, and what holds
  for the whole run is read once, into its memory.
#}
{% macro start_build() -%}
    {%- if execute -%}
        {%- do run_query('create schema if not exists ' ~ target.database ~ '.intermediate') -%}
        {%- do run_query('create table if not exists ' ~ kept('built')
            ~ ' (built_until timestamptz not null, models varchar[] not null)') -%}
        {%- do run_query('create table if not exists ' ~ kept('built_accounts') ~ ' (account_id varchar not null,
            organization_id varchar not null, network varchar not null, timezone varchar not null)') -%}
        {%- do run_query('create table if not exists ' ~ kept('replays') ~ ' (first_day date not null,
            last_day date not null, network varchar)') -%}
        {%- if var('replay_from') is not none -%}
            {%- set range = replay_asked() -%}
            {%- do run_query('insert into ' ~ kept('replays') ~ ' select ' ~ range ~ ' where not exists (select 1 from '
                ~ kept('replays') ~ ' where (first_day, last_day, network) is not distinct from (' ~ range ~ '))') -%}
        {%- endif -%}
        {%- set built = run_query('select max(built_until)::varchar, any_value(models) from ' ~ kept('built')).rows[0] -%}
        {%- set settled = "greatest(found_at, coalesce(settled_at, found_at)) > timestamptz '" ~ (built[0] or 'infinity')
            ~ "' - interval '" ~ var('landing_overlap') ~ "'" -%}
        {%- do run_query('create or replace table memory.main.build as select '
            ~ ('null' if built[0] is none else "'" ~ built[0] ~ "'") ~ ' as built_until,
            (select any_value(models) from ' ~ kept('built') ~ ') as models,
            (select list(distinct network) from ' ~ target.database ~ '.raw.accounts) as networks,
            (select count(*) > 0 from ' ~ quarantine() ~ " where verdict is distinct from 'accepted') as any_held,
            (select count(*) > 0 from " ~ quarantine() ~ ' where ' ~ settled ~ ') as any_settled,
            ' ~ count_parts() ~ ' as parts') -%}
        {%- do run_query('create or replace table memory.main.replays as select first_day::varchar as first_day,
            last_day::varchar as last_day, network from ' ~ kept('replays')) -%}
    {%- endif -%}
{%- endmacro %}

{# The range of this run as three SQL literals. #}
{% macro replay_asked() -%}
    date '{{ var("replay_from") }}', date '{{ var("replay_to") or var("replay_from") }}',
    {{ "'" ~ var('replay_network') ~ "'" if var('replay_network') else 'cast(null as varchar)' }}
{%- endmacro %}

{#
  At the end of a run in which every model was built: what the next one may take as done. A replay read nothing
  new, so it leaves the mark where it was.
#}
{% macro finish_build(results) -%}
    {%- set models = complete(results) if execute else none -%}
    {%- if models and var('replay_from') is not none -%}
        {%- do run_query('delete from ' ~ kept('replays')
            ~ ' where (first_day, last_day, network) is not distinct from (' ~ replay_asked() ~ ')') -%}
    {%- elif models -%}
        {%- set accounts = 'select account_id, organization_id, network, timezone from ' ~ target.database
            ~ '.raw.accounts' -%}
        {%- do run_query('begin') -%}
        {%- do run_query('delete from ' ~ kept('built')) -%}
        {%- do run_query('insert into ' ~ kept('built') ~ " values (timestamptz '" ~ run_started_at ~ "', ['"
            ~ models | join("', '") ~ "'])") -%}
        {%- do run_query('delete from ' ~ kept('built_accounts')
            ~ ' where (account_id, organization_id, network, timezone) not in (' ~ accounts ~ ')') -%}
        {%- do run_query('insert into ' ~ kept('built_accounts') ~ ' (' ~ accounts ~ ') except select * from '
            ~ kept('built_accounts')) -%}
        {%- do run_query('delete from ' ~ kept('replays')) -%}
        {%- do run_query('commit') -%}
    {%- endif -%}
{%- endmacro %}

{#
  The names of the models of this run, if it built every model of the project; none if not. A network without an
  account may be left out: its staging is built whole once it has one.
#}
{% macro complete(results) -%}
    {%- set built = [] -%}
    {%- for result in results if result.node.resource_type == 'model' and result.status == 'success' -%}
        {%- do built.append(result.node.name) -%}
    {%- endfor -%}
    {%- set absent = networks() | map(attribute='key') | reject('in', of_build('networks') or []) | list -%}
    {%- set missing = [] -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.name not in built
        and node.config.materialized != 'ephemeral' and node.fqn[2] not in absent -%}
        {%- do missing.append(node.name) -%}
    {%- endfor -%}
    {{ return(built if built and not missing else none) }}
{%- endmacro %}

{# The first value a query finds; none when it finds nothing. #}
{% macro known_value(query) -%}
    {%- if not execute -%}{{ return(none) }}{%- endif -%}
    {%- set rows = run_query(query).rows -%}
    {{ return(rows[0][0] if rows | length > 0 else none) }}
{%- endmacro %}

{# One thing that holds for the whole run; none where dbt only compiles and no run was started. #}
{% macro of_build(expression) -%}
    {%- if not execute or adapter.get_relation('memory', 'main', 'build') is none -%}{{ return(none) }}{%- endif -%}
    {{ return(known_value('select ' ~ expression ~ ' from memory.main.build')) }}
{%- endmacro %}

{# Until when the last complete build read, as text; none before the first. #}
{% macro built_until() -%}
    {{ return(of_build('built_until')) }}
{%- endmacro %}

{# Whether nothing stands yet that a build could go on from. #}
{% macro builds_whole() -%}
    {{ return(flags.FULL_REFRESH or built_until() is none) }}
{%- endmacro %}

{#
  The moment from which on something may have changed that the last complete build did not see. An answer is
  stamped before its landing commits, so it goes back behind the start of that build.
#}
{% macro changed_since() -%}
    (timestamptz '{{ built_until() }}' - interval '{{ var("landing_overlap") }}')
{%- endmacro %}

{# The ranges to be read again: that of this run, or else those that an earlier run was killed in. #}
{% macro replay_ranges() -%}
    {%- set ranges = [] -%}
    {%- if var('replay_from') is not none -%}
        {%- do ranges.append({'first': var('replay_from'), 'last': var('replay_to') or var('replay_from'),
            'network': var('replay_network')}) -%}
    {%- elif execute and adapter.get_relation('memory', 'main', 'replays') is not none -%}
        {%- for row in run_query('select first_day, last_day, network from memory.main.replays').rows -%}
            {%- do ranges.append({'first': row[0], 'last': row[1], 'network': row[2]}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(ranges) }}
{%- endmacro %}
