using System.Runtime.Loader;
using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Host.Tests.Plugins.Loading;

public sealed class PluginHostTests : IDisposable
{
    private readonly PluginHost _host = new(NullLoggerFactory.Instance);
    private readonly Zoo _zoo = new();

    public void Dispose()
    {
        _host.Dispose();
        _zoo.Dispose();
    }

    [Fact]
    public void Makes_a_component_with_services_of_host_and_plugin()
    {
        ComponentInfo linear = Zoo.Good().Find(ComponentKind.Architecture, "linear")!;

        object made = _host.Create(linear);

        made.GetType().GetProperty("Greeting")!.GetValue(made).Should().Be("hello");
        linear.Plugin.State.Should().Be(PluginState.Loaded);
        made.GetType().GetInterfaces().Should().Contain(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IArchitecture<,>));
        string sha256 = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(made.GetType().Assembly.Location)));
        linear.Plugin.Sha256.Should().Be(sha256);
    }

    [Fact]
    public void Two_versions_of_a_plugin_live_side_by_side()
    {
        PluginCatalogue catalogue = _zoo.Read(("zoo.good", "1.*"));
        IReadOnlyList<ComponentInfo> both = catalogue.AllVersionsOf(ComponentKind.Architecture, "linear");

        both.Select(c => _host.Create(c).GetType().Assembly.GetName().Version!.ToString()).Should().Equal("1.0.0.0", "1.1.0.0");
    }

    [Fact]
    public void Two_plugins_with_versions_of_a_library_that_do_not_fit_each_have_their_own()
    {
        PluginCatalogue catalogue = _zoo.Read(("zoo.elder", "*"), ("zoo.younger", "*"));

        object elder = _host.Create(catalogue.Find(ComponentKind.Reward, "elder")!),
        younger = _host.Create(catalogue.Find(ComponentKind.Reward, "younger")!);

        Score(elder, "a rose is a rose").Should().Be(5);
        Score(younger, "a rose is a rose").Should().Be(3);
        AssemblyLoadContext[] own =
            [.. new[] { elder, younger }.Select(reward => AssemblyLoadContext.GetLoadContext(reward.GetType().Assembly)!)];
        own.Select(context => context.Assemblies.Single(a => a.GetName().Name == "Zoo.Words").GetName().Version!.ToString()).Should()
            .Equal("1.0.0.0", "2.0.0.0");
        AssemblyLoadContext.Default.Assemblies.Should().NotContain(a => a.GetName().Name == "Zoo.Words");

        static double Score(object reward, string text) => ((IReward<TextOutcome>)reward).Score([new TextOutcome("", text, true)])[0];
    }

    [Fact]
    public void Binds_options_and_replaces_lists()
    {
        ComponentInfo linear = Zoo.Good().Find(ComponentKind.Architecture, "linear")!;

        dynamic options = _host.BindOptions(linear, Section(("use", "linear"), ("size", "3"), ("start", "zeros"), ("words:0", "three"),
            ("noise:deviation", "0.25"), ("weights:a", "1.5")));

        ((int)options.Size).Should().Be(3);
        ((object)options.Start).ToString().Should().Be("Zeros");
        ((IEnumerable<string>)options.Words).Should().Equal("three");
        ((double)options.Noise.Deviation).Should().Be(0.25);
        ((IReadOnlyDictionary<string, double>)options.Weights)["a"].Should().Be(1.5);
        ((bool)options.Bias).Should().BeTrue();
    }

    [Fact]
    public void Validates_options_through_and_through()
    {
        ComponentInfo linear = Zoo.Good().Find(ComponentKind.Architecture, "linear")!;

        FluentActions.Invoking(() => _host.BindOptions(linear, Section(("size", "65"), ("noise:deviation", "2"))))
            .Should().Throw<OptionsException>().WithMessage(
                "The options of the architecture 'linear' are invalid. size: The field Size must be between 1 and 64. noise:deviation: " +
                "The field Deviation must be between 0 and 1 exclusive.");
    }

    [Fact]
    public void Refuses_unknown_options()
    {
        ComponentInfo linear = Zoo.Good().Find(ComponentKind.Architecture, "linear")!;

        FluentActions.Invoking(() => _host.BindOptions(linear, Section(("sise", "3"), ("noise:deviatoin", "0.1")))).Should()
            .Throw<OptionsException>().WithMessage(
            "The options of the architecture 'linear' are invalid. 'noise:deviatoin' is not an option. Did you mean 'deviation'? " +
            "Available: *. 'sise' is not an option. Did you mean 'size'? Available: *noise*size*.");
    }

    [Fact]
    public void Says_in_words_what_a_value_has_to_be()
    {
        ComponentInfo linear = Zoo.Good().Find(ComponentKind.Architecture, "linear")!;

        FluentActions.Invoking(() => _host.BindOptions(linear,
            Section(("size", "big"), ("start", "zeroes"), ("noise:seed", "1.5"), ("layers:0", "x"), ("weights:a", "x"))))
            .Should().Throw<OptionsException>()
                .WithMessage("The options of the architecture 'linear' are invalid. layers:0: is 'x'; it must be an integer. " +
                "noise:seed: is '1.5'; it must be an integer. size: is 'big'; it must be an integer. " +
                "start: is 'zeroes'; it must be one of zeros, random. Did you mean 'zeros'? weights:a: is 'x'; it must be a number.");
    }

    [Fact]
    public void A_throwing_startup_is_contained()
    {
        ComponentInfo here = _zoo.Read(("zoo.throws", "1.*")).Components.Single();

        FluentActions.Invoking(() => _host.Create(here)).Should().Throw<PluginException>().WithMessage(
            "Plugin 'zoo.throws' 1.0.0 failed to load, in Startup.ConfigureServices (Plugin.cs:*): InvalidOperationException: the zoo " +
            "is closed.");
        here.Plugin.State.Should().Be(PluginState.Failed);
        _host.Create(Zoo.Good().Find(ComponentKind.Device, "here")!).Should().NotBeNull();
    }

    [Fact]
    public void A_throwing_constructor_is_contained()
    {
        ComponentInfo fragile = Zoo.Good().Find(ComponentKind.Device, "fragile")!;

        FluentActions.Invoking(() => _host.Create(fragile)).Should().Throw<PluginException>().WithMessage(
            "Plugin 'zoo.good' 1.0.0 failed to create the device 'fragile', in the constructor of Fragile (Others.cs:*): " +
            "InvalidOperationException: it broke.");
        fragile.Plugin.State.Should().Be(PluginState.Failed);
    }

    [Fact]
    public void Refuses_a_file_that_changed_after_it_was_checked()
    {
        string copy = _zoo.Copy("zoo.good", "1.0.0");
        ComponentInfo here = _zoo.ReadFrom(Path.GetDirectoryName(copy)!, ("zoo.good", "*")).Find(ComponentKind.Device, "here")!;
        File.AppendAllText(here.Plugin.AssemblyPath!, "x");

        FluentActions.Invoking(() => _host.Create(here)).Should().Throw<PluginException>().WithMessage(
            $"Plugin 'zoo.good' 1.0.0 failed to load: InvalidOperationException: '{here.Plugin.AssemblyPath}' changed after it was " +
            "checked. Start the program again.");
    }

    [Fact]
    public void An_unchanged_plugin_is_loaded_once_per_process_and_a_changed_one_again()
    {
        string copy = _zoo.Copy("zoo.good", "1.0.0");

        Type first = TypeOfANewHost(), second = TypeOfANewHost();
        File.SetLastWriteTimeUtc(Path.Combine(copy, "Zoo.Library.dll"), DateTime.UtcNow.AddMinutes(1));
        Type changed = TypeOfANewHost();

        second.Should().Be(first);
        changed.Should().NotBe(first);
        AssemblyLoadContext.GetLoadContext(changed.Assembly).Should().NotBe(AssemblyLoadContext.GetLoadContext(first.Assembly));

        Type TypeOfANewHost()
        {
            using var host = new PluginHost(NullLoggerFactory.Instance);
            return host.Create(_zoo.ReadFrom(Path.GetDirectoryName(copy)!, ("zoo.good", "*")).Find(ComponentKind.Device, "here")!)
                .GetType();
        }
    }

    [Fact]
    public void A_lock_names_every_file_that_changed()
    {
        string copy = _zoo.Copy("zoo.good", "1.0.0");
        PluginCatalogue catalogue = _zoo.ReadFrom(Path.GetDirectoryName(copy)!, ("zoo.good", "*"));
        string path = Path.Combine(_zoo.Folder, PluginLock.FileName);
        PluginLock.Of(catalogue).Write(path);

        PluginLock read = PluginLock.Read(path);
        read.Verify(catalogue).Should().BeEmpty();
        read.Plugins["zoo.good"].Files.Keys.Should()
            .Equal("Zoo.Good.deps.json", "Zoo.Good.dll", "Zoo.Good.runtimeconfig.json", "Zoo.Library.dll");

        File.AppendAllText(Path.Combine(copy, "Zoo.Library.dll"), "x");
        File.WriteAllText(Path.Combine(copy, "new.dll"), "x");
        read.Verify(catalogue).Should().SatisfyRespectively(
            first => first.Should().StartWith("Plugin 'zoo.good' 1.0.0: the file 'Zoo.Library.dll' has SHA-256 ")
                .And.EndWith("update the lock with: tenon plugins lock"),
            second => second.Should().StartWith("Plugin 'zoo.good' 1.0.0: the file 'new.dll' is not in the lock."));
    }

    private static IConfigurationSection Section(params (string Key, string Value)[] values) => new ConfigurationBuilder()
        .AddInMemoryCollection(values.Select(v => KeyValuePair.Create($"model:{v.Key}", (string?)v.Value))).Build().GetSection("model");
}
