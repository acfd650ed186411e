{#
  Whether one of these numbers, or what it is made of, changed its meaning within the month: whether it is in
  `breaks.torn`, a list of names, null where nothing broke.
#}
{% macro is_torn(counters) -%}
    {%- set parts = counters + (['reactions', 'comments', 'shares'] if 'engagement' in counters else []) -%}
    coalesce(list_has_any(breaks.torn, ['{{ parts | join("', '") }}']), false)
{%- endmacro %}
