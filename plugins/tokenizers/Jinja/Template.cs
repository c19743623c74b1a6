using System.Text.Json.Nodes;

namespace Tenon.Tokenizers.Jinja;

/// <summary>
/// A template in the subset of Jinja 3 that chat templates use. It is strict: unknown names are rejected when the template is
/// read, not when they are reached. Thread-safe.
/// </summary>
internal sealed class Template
{
    private readonly IReadOnlyList<Statement> _body;

    private Template(IReadOnlyList<Statement> body) => _body = body;

    /// <summary>Reads a template.</summary>
    /// <exception cref="TemplateException">It is malformed, or uses a tag, filter or test that is not supported.</exception>
    public static Template Read(string source) => new(new Parser(Lexer.Split(source)).Template());

    /// <summary>Renders the template.</summary>
    /// <param name="variables">Variables by name.</param>
    /// <param name="now">The time that <c>strftime_now</c> prints.</param>
    /// <exception cref="TemplateException">A value has the wrong type, or a limit is exceeded.</exception>
    /// <exception cref="RaisedException">The template called <c>raise_exception</c>.</exception>
    public RenderedText Render(JsonObject variables, DateTimeOffset now)
    {
        var rendering = new Rendering(now);
        var scope = new Scope(rendering);
        Globals.Define(scope);
        foreach ((string name, JsonNode? value) in variables)
            scope.Set(name, Values.Of(value));
        Statement.Run(_body, scope.Inner());
        return new RenderedText(rendering.Text, rendering.Generated);
    }
}

/// <summary>A rendered template.</summary>
/// <param name="Text">The text.</param>
/// <param name="Generated">The parts inside <c>{% generation %}</c>: start and end in characters.</param>
internal sealed record RenderedText(string Text, IReadOnlyList<(int Start, int End)> Generated);
