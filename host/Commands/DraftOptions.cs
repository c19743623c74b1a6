using System.CommandLine;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Cli.Commands;

/// <summary>The options for a smaller model that proposes tokens.</summary>
internal sealed class DraftOptions
{
    private readonly Option<int?> _tokens = new("--draft-tokens")
    {
        Description = "Tokens that the draft proposes at a time. Default: 4.",
    };

    /// <summary>The draft's folder.</summary>
    public Option<string?> Folder { get; } = new("--draft")
    {
        Description = "Folder of a smaller model with the same tokenizer, which proposes tokens that the model checks in one pass: " +
            "faster, and equally distributed.",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        _tokens.Accept(value => value is null or (>= 1 and <= 100), "1 … 100");
        command.Add(Folder);
        command.Add(_tokens);
    }

    /// <summary>Reads the number of tokens.</summary>
    /// <exception cref="OptionsException">There is a number, but no draft.</exception>
    public int Tokens(ParseResult result)
    {
        int? tokens = result.GetValue(_tokens);
        if (tokens is not null && result.GetValue(Folder) is null)
            throw new OptionsException("--draft-tokens belongs to a draft model. Add --draft with its folder.");
        return tokens ?? 4;
    }
}
