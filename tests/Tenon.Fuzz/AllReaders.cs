using Tenon.Fuzz.Readers;

namespace Tenon.Fuzz;

/// <summary>Every reader. A reader that is added to the product is added here with its seeds.</summary>
internal static class AllReaders
{
    /// <summary>Returns the readers, those that fail on purpose last.</summary>
    /// <param name="workplace">Where they work; nothing is opened before the first input.</param>
    public static IReadOnlyList<Reader> In(Workplace workplace) =>
    [
        .. SettingsReaders.In(workplace),
        .. PluginReaders.In(workplace),
        .. ModelReaders.In(workplace),
        .. AdapterReaders.In(workplace),
        .. TokenizerReaders.In(workplace),
        .. DataReaders.In(workplace),
        .. ImageReaders.In(workplace),
        .. RunReaders.In(workplace),
        .. FormatReaders.In(workplace),
        .. ServerReaders.In(workplace),
        .. BrokenReaders.All,
    ];
}
