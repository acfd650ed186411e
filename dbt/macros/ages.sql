{# The ages at which posts are compared: hours since publication, and how near to that an observation has to be. #}
{% macro ages() -%}
    {{ return([{'name': '24h', 'hours': 24, 'within': 12}, {'name': '7d', 'hours': 168, 'within': 48}]) }}
{%- endmacro %}

{#
  What an aggregate over a post's observations (columns `age`, in hours, and the counter) needs to know its value at
  an age: the nearest known ones at or before it and at or after it.
#}
{% macro around(counter, age) -%}
    {%- set before = 'filter (where age between ' ~ (age.hours - age.within) ~ ' and ' ~ age.hours ~ ')' -%}
    {%- set after = 'filter (where age between ' ~ age.hours ~ ' and ' ~ (age.hours + age.within) ~ ')' -%}
    {%- set name = counter ~ '_' ~ age.name %}
        arg_max({{ counter }}, age) {{ before }} as {{ name }}_before,
        arg_max(age, age) filter (where {{ counter }} is not null and age between {{ age.hours - age.within }}
            and {{ age.hours }}) as {{ name }}_since,
        arg_min({{ counter }}, age) {{ after }} as {{ name }}_after,
        arg_min(age, age) filter (where {{ counter }} is not null and age between {{ age.hours }}
            and {{ age.hours + age.within }}) as {{ name }}_until
{%- endmacro %}

{# The value at an age, on the line between the two around it; null when either is missing. #}
{% macro value_at(counter, age) -%}
    {%- set name = counter ~ '_' ~ age.name -%}
    {{ name }}_before + case when {{ name }}_until > {{ name }}_since
        then ({{ name }}_after - {{ name }}_before) * ({{ age.hours }} - {{ name }}_since) / ({{ name }}_until - {{ name }}_since)
        else {{ name }}_after - {{ name }}_before
    end
{%- endmacro %}
