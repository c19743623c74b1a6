using Microsoft.Extensions.Configuration;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Components;

namespace Tenon.Host.Data;

/// <summary>The handling of examples that cannot be used.</summary>
internal enum OnError
{
    /// <summary>End the run before its first step.</summary>
    Stop,

    /// <summary>Skip the example.</summary>
    Skip,
}

/// <summary>The handling of prompts that leave no room for a response.</summary>
internal enum LongPrompts
{
    /// <summary>End the run before its first step.</summary>
    Stop,

    /// <summary>Skip the example.</summary>
    Skip,

    /// <summary>Truncate the prompt at its start.</summary>
    Truncate,
}

/// <summary>The host's options in the section <c>data</c>: how to handle examples that cannot be used.</summary>
/// <param name="OnError">Examples that cannot be read, or that the model refuses.</param>
/// <param name="LongPrompts">Prompts that leave no room for a response.</param>
internal sealed record DataPolicy(OnError OnError, LongPrompts LongPrompts)
{
    /// <summary>Advice on examples that cannot be used; follows a list of faults.</summary>
    public const string Advice = "Correct them, or set data:onError to skip. 'tenon validate RECIPE --data' lists all of them.";

    /// <summary>Returns the policy of a recipe.</summary>
    /// <param name="data">The recipe's data.</param>
    public static DataPolicy Of(ComponentChoice data)
    {
        OnError onError = data.Options.GetValue("onError", OnError.Stop);
        return new DataPolicy(
            onError, data.Options.GetValue<LongPrompts?>("longPrompts", null) ?? (onError == OnError.Skip
                ? LongPrompts.Skip : LongPrompts.Stop));
    }

    /// <summary>Returns whether a setting is one of these options, which do not select other data.</summary>
    /// <param name="setting">A setting as on the command line: <c>--data:onError=skip</c>.</param>
    public static bool IsSetting(string setting) => ComponentKind.Data.HostOptions.Any(
        option => string.Equals(setting.Split('=')[0], $"--data:{option.Key}", StringComparison.OrdinalIgnoreCase));
}
