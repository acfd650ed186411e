{# Sum of what is known: null only when nothing is. Each part is a whole number or null. #}
{% macro known_sum(parts) -%}
    case when coalesce({{ parts | join(', ') }}) is not null
        then {% for part in parts %}coalesce({{ part }}, 0){{ ' + ' if not loop.last }}{% endfor %}
    end
{%- endmacro %}

{# Share of a whole, null when either is unknown or the whole is 0. #}
{% macro rate(part, whole) -%}
    cast({{ part }} as double) / nullif({{ whole }}, 0)
{%- endmacro %}

{# Mean of rates that does not depend on the order they are added in, as that of floating-point numbers does. #}
{% macro exact_mean(rate) -%}
    avg(cast({{ rate }} as decimal(38, 18)))
{%- endmacro %}
