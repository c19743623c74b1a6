using System.Diagnostics;
using System.Reflection;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Conformance;

/// <summary>Result of a check of a component.</summary>
/// <param name="Component">The component.</param>
/// <param name="Check">Name of the check.</param>
/// <param name="Verdict">The outcome.</param>
/// <param name="Time">Duration of the check.</param>
public sealed record Finding(ComponentInfo Component, string Check, Verdict Verdict, TimeSpan Time);

/// <summary>Checks every component of a plugin against the contract.</summary>
internal static class PluginConformance
{
    // The checks of each kind of component.
    private static readonly Dictionary<ComponentKind, Checker> Checks = new()
    {
        [ComponentKind.Architecture] = (component, made, more) => Try(component, made, more,
            options => new ArchitectureSubject((IArchitecture)made, options),
            [.. ModelChecks.All, .. DivisionChecks.All, .. CapabilityChecks.All]),
        [ComponentKind.Strategy] = (component, made, more) => Try(component, made, more,
            options => new StrategySubject((IStrategy)made, options), StrategyChecks.All),
        [ComponentKind.Device] = (component, made, more) => Try(component, made, more,
            options => new DeviceSubject((IDevice)made, options), DeviceChecks.All),
        [ComponentKind.Data] = (component, made, more) => Try(component, made, more,
            options => Opening(new DataSubject((IData)made, options), data => data.Open()), DataChecks.All),
        [ComponentKind.Tokenizer] = (component, made, more) => Try(component, made, more,
            options => new TokenizerSubject((ITokenizerFactory)made, options), TokenizerChecks.All),
        [ComponentKind.Reward] = (component, made, more) => Try(component, made, more,
            options => Opening(new RewardSubject((IRewardFactory)made, options), reward => reward.Open()), RewardChecks.All),
        [ComponentKind.Sampler] = (component, made, more) => Try(component, made, more,
            options => new SamplerSubject((ISamplerFactory)made, options), SamplerChecks.All),
        [ComponentKind.Communicator] = (component, made, more) => Try(component, made, more,
            options => new CommunicatorSubject((ICommunicatorFactory)made, options), CommunicatorChecks.All),
    };

    private delegate IEnumerable<Finding> Checker(ComponentInfo component, IComponent made, IReadOnlyList<string> more);

    /// <summary>Runs the checks sequentially.</summary>
    /// <param name="plugin">The plugin, from the catalogue.</param>
    /// <param name="catalogue">The catalogue that contains it.</param>
    /// <param name="plugins">Loads the plugin.</param>
    /// <param name="settings">Options that override the components' test settings: <c>layers=2</c>.</param>
    public static IEnumerable<Finding> Run(PluginInfo plugin, PluginCatalogue catalogue, PluginHost plugins,
        Func<ComponentInfo, IReadOnlyList<string>> settings)
    {
        foreach (ComponentInfo component in catalogue.ComponentsOf(plugin))
        {
            foreach (Finding finding in Run(component, plugins, settings(component)))
                yield return finding;
        }
    }

    private static IEnumerable<Finding> Run(ComponentInfo component, PluginHost plugins, IReadOnlyList<string> more)
    {
        IComponent made;
        try
        {
            made = plugins.Create(component);
        }
        catch (PluginException failure)
        {
            return [new Finding(component, "can be created", Verdict.Fail(failure.Message), TimeSpan.Zero)];
        }

        return Checks.TryGetValue(component.Kind, out Checker? check)
            ? check(component, made, more)
            : throw new UnreachableException($"There are no checks for a {component}.");
    }

    private static IEnumerable<Finding> Try<TSubject>(
        ComponentInfo component, IComponent made, IReadOnlyList<string> more, Func<object, TSubject> subject,
        IReadOnlyList<Check<TSubject>> checks)
    {
        TSubject? ready = default;
        Verdict? cannot = null;
        try
        {
            ready = subject(TestSettings.Bind(made, more));
        }
        catch (Exception failure) when (failure is OptionsException or ModelException or DeviceException or DataException)
        {
            // A source of files needs a path, and no path was set.
            cannot = more.Count == 0 && made.GetType().GetCustomAttribute<ComponentAttribute>() is { TestSettings: [] }
                ? Verdict.Skip($"It needs settings for testing: {failure.Message}")
                : Verdict.Fail(failure.Message);
        }
#pragma warning disable CA1031 // Boundary to third-party code: any exception is a finding.
        catch (Exception failure)
        {
            cannot = Verdict.Fail(FailureOrigin.Describe(FailureOrigin.Cause(failure)));
        }
#pragma warning restore CA1031

        if (cannot is not null)
        {
            yield return new Finding(component, "can be tested", cannot, TimeSpan.Zero);
            yield break;
        }

        foreach (Check<TSubject> check in checks)
        {
            long start = Stopwatch.GetTimestamp();
            Verdict verdict = check.Run(ready!);
            yield return new Finding(component, check.Name, verdict, Stopwatch.GetElapsedTime(start));
        }
    }

    // Only opening the subject shows whether it can be opened with these settings.
    private static TSubject Opening<TSubject>(TSubject subject, Func<TSubject, IDisposable> open)
    {
        open(subject).Dispose();
        return subject;
    }
}
