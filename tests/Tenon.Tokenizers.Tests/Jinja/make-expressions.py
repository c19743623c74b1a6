"""Renders the templates of expressions.txt with Jinja as transformers sets it up, and writes expressions.json.

    pip install jinja2==3.1.6 && python make-expressions.py

In expressions.txt a line is a template (with \\n for line breaks); a template that fails has a null text.
"""
import datetime
import json
import pathlib

import jinja2.ext
import jinja2.sandbox

HERE = pathlib.Path(__file__).parent
NOW = datetime.datetime(2024, 7, 26, 9, 5, 3)


def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


environment = jinja2.sandbox.ImmutableSandboxedEnvironment(
    trim_blocks=True, lstrip_blocks=True, extensions=[jinja2.ext.loopcontrols])
environment.filters["tojson"] = tojson
environment.globals["raise_exception"] = raise_exception
environment.globals["strftime_now"] = NOW.strftime
variables = json.loads((HERE / "variables.json").read_text(encoding="utf-8"))
results = []
for line in (HERE / "expressions.txt").read_text(encoding="utf-8").splitlines():
    template = json.loads(f'"{line}"')
    try:
        text = environment.from_string(template).render(**variables)
    except Exception:  # every failure of the reference is a failure that is expected
        text = None
    results.append({"template": template, "text": text})
(HERE / "expressions.json").write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
