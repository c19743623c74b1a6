namespace Tenon.Server.Tests.Tools;

/// <summary>Short chat templates with tools, in the three forms of calls.</summary>
internal static class ToolTemplates
{
    /// <summary>The templates by name.</summary>
    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>
    {
        ["hermes"] = Of("'<tool_call>' ~ (call.function | tojson) ~ '</tool_call>'"),
        ["mistral"] = Of("'[TOOL_CALLS][' ~ (call.function | tojson) ~ ']'"),
        ["llama"] = Of("""'{"name": "' ~ call.function.name ~ '", "parameters": ' ~ (call.function.arguments | tojson) ~ '}'"""),
        ["unknown"] = Of("'<function=' ~ call.function.name ~ '>'"),
    };

    private static string Of(string call) =>
        "{% if tools %}Use{% for tool in tools %} {{ tool.function.name }}{% endfor %}.{% endif %}" +
        "{% for message in messages %}{{ message.role }}{% if message.name %}({{ message.name }}){% endif %}: {{ message.content }}" +
        $"{{% for call in message.tool_calls or [] %}}{{{{ {call} }}}}{{% endfor %}}" +
        "{% if message.role == 'assistant' %}{{ eos_token }}{% endif %};{% endfor %}" +
        "{% if add_generation_prompt %}assistant: {% endif %}";
}
