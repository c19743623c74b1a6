using System.Text.RegularExpressions;
using Tenon.Host.Data;

namespace Tenon.Host.Evaluation;

/// <summary>The settings of an evaluation, which may select data other than the recipe's.</summary>
internal sealed partial class NamedData
{
    private static readonly string[] _validationOptions = ["--data:validation", "--data:test"];

    /// <summary>Reads the settings.</summary>
    /// <param name="settings">As on the command line, each with its value: <c>--data:files:0=test.csv</c>.</param>
    public NamedData(IEnumerable<string> settings)
    {
        Settings = [.. settings.SelectMany(WithWholeList)];
        string[] named = [.. Settings.Where(setting => setting.StartsWith("--data:", StringComparison.OrdinalIgnoreCase)
            && !DataPolicy.IsSetting(setting))];
        IsNamed = named.Length > 0;
        HasValidation = named.Any(setting =>
            _validationOptions.Any(option => setting.StartsWith(option, StringComparison.OrdinalIgnoreCase)));
    }

    /// <summary>The settings to read the recipe with.</summary>
    public IReadOnlyList<string> Settings { get; }

    /// <summary>Whether the settings select data.</summary>
    public bool IsNamed { get; }

    /// <summary>Whether the selected data defines a validation split, which is then used.</summary>
    public bool HasValidation { get; }

    // If a setting starts a list, it replaces the recipe's list, so that the recipe's other files are not included.
    private static string[] WithWholeList(string setting) =>
        FirstOfList().Match(setting) is { Success: true } first ? [$"{first.Groups[1].Value}=null", setting] : [setting];

    [GeneratedRegex("^(--data:[^:=]+):0=")]
    private static partial Regex FirstOfList();
}
