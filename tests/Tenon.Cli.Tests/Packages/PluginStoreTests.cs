using System.IO.Compression;
using NuGet.Versioning;
using Tenon.Cli.Packages;
using Tenon.Host;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Cli.Tests.Packages;

public sealed class PluginStoreTests : IDisposable
{
    private readonly Zoo _zoo = new();
    private readonly PluginStore _store;
    private readonly PackageFeeds _feed;

    public PluginStoreTests()
    {
        string feed = Path.Combine(_zoo.Folder, "feed");
        PluginPackage.Pack(Path.Combine(Zoo.Plugins, "zoo.good", "1.0.0"), feed);
        PluginPackage.Pack(Path.Combine(Zoo.Plugins, "zoo.good", "1.1.0"), feed);
        _feed = new PackageFeeds([feed]);
        _zoo.Write("{\n  // ours\n  \"plugins\": {}\n}\n");
        _store = new PluginStore(_zoo.File);
    }

    public void Dispose() => _zoo.Dispose();

    [Fact]
    public void Installs_versions_side_by_side_and_records_them()
    {
        Install("1.0.0").Version!.ToString().Should().Be("1.0.0");
        Install(null).Folder.Should().Be(Path.Combine(_zoo.Folder, "installed", "zoo.good", "1.1.0"));

        PluginCatalogue catalogue = PluginCatalogue.Read(_zoo.File);
        catalogue.Plugins.Select(p => (p.Version!.ToString(), p.State, p.IsDefault)).Should()
            .Equal(("1.1.0", PluginState.Ready, true), ("1.0.0", PluginState.Ready, false));
        File.ReadAllText(_zoo.File).Should()
            .Be("{\n  // ours\n  \"folders\": [\"installed\"],\n  \"plugins\": {\"zoo.good\": \"1.*\"}\n}\n");
        PluginLock locked = PluginLock.Beside(_zoo.File)!;
        locked.Plugins.Should().ContainKeys("zoo.good", "zoo.good@1.1.0");
        locked.Verify(catalogue).Should().BeEmpty();
        PluginLock.Of(catalogue).NotInLock(catalogue).Should().BeEmpty();
        locked.Without(catalogue.Plugins[0]).NotInLock(catalogue).Should().ContainSingle().Which.Should()
            .StartWith("Plugin 'zoo.good' 1.1.0 is not in the lock.");
    }

    [Fact]
    public void A_changed_file_is_refused_with_both_hashes()
    {
        PluginInfo installed = Install(null);
        string library = Path.Combine(installed.Folder!, "Zoo.Library.dll");
        string before = PluginLock.Of([installed]).Plugins["zoo.good"].Files["Zoo.Library.dll"];
        File.AppendAllText(library, " ");
        PluginCatalogue catalogue = PluginCatalogue.Read(_zoo.File);
        PluginInfo changed = catalogue.Plugins.Single();
        using var host = new PluginHost(Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance,
            differences: PluginLock.Beside(_zoo.File)!.Differences);

        string now = PluginLock.Of([changed]).Plugins["zoo.good"].Files["Zoo.Library.dll"];
        FluentActions.Invoking(() => host.Create(catalogue.Find(ComponentKind.Architecture, "linear")!)).Should().Throw<PluginException>()
            .WithMessage($"*'Zoo.Library.dll' has SHA-256 {now}, but is locked with {before}*");
        changed.State.Should().Be(PluginState.Refused);
    }

    [Theory]
    [InlineData("needs Zoo.Librory")] // the name of a reference
    [InlineData("no assembly in ")] // everything
    public void A_change_that_metadata_shows_too_is_told_with_both_hashes_first(string consequence)
    {
        PluginInfo installed = Install(null);
        string file = Path.Combine(installed.Folder!, "Zoo.Good.dll");
        string before = PluginLock.Of([installed]).Plugins["zoo.good"].Files["Zoo.Good.dll"];
        byte[] bytes = File.ReadAllBytes(file);
        if (consequence.StartsWith("needs", StringComparison.Ordinal))
            bytes[bytes.AsSpan().IndexOf("Zoo.Library\0"u8) + "Zoo.Libr".Length] = (byte)'o';
        else
            bytes.AsSpan().Clear();
        File.WriteAllBytes(file, bytes);
        string now = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes));
        using var host = new TenonHost(new TenonOptions { PluginsFile = _zoo.File },
            Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance);

        PluginInfo refused = host.Catalogue.Plugins.Single();

        refused.State.Should().Be(PluginState.Refused);
        refused.Reason.Should().Match($"*the file 'Zoo.Good.dll' has SHA-256 {now}, but is locked with {before}. Install the locked " +
            $"plugin again. The changed metadata gives: *{consequence}*");
        PluginLock.Beside(_zoo.File)!.Verify(host.Catalogue).Should().ContainSingle().Which.Should()
            .Contain($"has SHA-256 {now}, but is locked with {before}");
    }

    [Fact]
    public void A_lock_that_cannot_be_read_keeps_nobody_from_seeing_why_a_plugin_is_refused()
    {
        PluginInfo installed = Install(null);
        File.WriteAllText(Path.Combine(installed.Folder!, "Zoo.Good.dll"), "");
        File.WriteAllText(PluginLock.PathBeside(_zoo.File), "no lock");
        using var host = new TenonHost(new TenonOptions { PluginsFile = _zoo.File },
            Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance);

        host.Catalogue.Plugins.Single().Reason.Should().StartWith("Plugin 'zoo.good' cannot be read: no assembly in ");
    }

    [Fact]
    public void Updates_within_the_range_and_keeps_the_version_before()
    {
        Install("1.0.0");

        _store.Update(null, _feed, default).Should().ContainSingle().Which.Should().Match<(InstalledPlugin Installed, NuGetVersion Before)>(
            update => update.Installed.Plugin.Version!.ToString() == "1.1.0" && update.Before.ToString() == "1.0.0");
        _store.Update("zoo.good", _feed, default).Should().BeEmpty();
        PluginCatalogue.Read(_zoo.File).Plugins.Should().HaveCount(2);
    }

    [Fact]
    public void Removes_one_version_then_all_that_is_left()
    {
        Install("1.0.0");
        Install("1.1.0");

        _store.Remove("zoo.good", NuGetVersion.Parse("1.0.0")).Should().Equal(NuGetVersion.Parse("1.0.0"));
        PluginCatalogue.Read(_zoo.File).Plugins.Should().ContainSingle().Which.State.Should().Be(PluginState.Ready);
        _store.Remove("zoo.good", null);

        PluginsFile.Read(_zoo.File).Plugins.Should().BeEmpty();
        PluginLock.Beside(_zoo.File)!.Plugins.Should().BeEmpty();
        Directory.EnumerateDirectories(Path.Combine(_zoo.Folder, "installed", "zoo.good")).Should().BeEmpty();
    }

    [Fact]
    public void Says_what_the_sources_have()
    {
        FluentActions.Invoking(() => Install("2.0.0")).Should().Throw<PluginException>()
            .WithMessage("No version of 'zoo.good' is in 2.0.0; '*feed' has 1.0.0, 1.1.0.");
        FluentActions.Invoking(() => _store.Install("zoo.none", null, _feed, "installed", default)).Should().Throw<PluginException>()
            .WithMessage("There is no package 'zoo.none' in '*feed'.*");
        FluentActions.Invoking(() => _store.Remove("zoo.good", null)).Should().Throw<PluginException>()
            .WithMessage("'zoo.good' is not installed*");
        Directory.Exists(Path.Combine(_zoo.Folder, "installed")).Should().BeFalse();
    }

    [Fact]
    public void A_version_that_lies_in_another_folder_is_not_installed_again()
    {
        _zoo.Write($"{{ \"folders\": [\"{Zoo.Plugins}\"], \"plugins\": {{ \"zoo.good\": \"1.*\" }} }}");

        FluentActions.Invoking(() => Install("1.0.0")).Should().Throw<PluginException>()
            .WithMessage("'zoo.good' 1.0.0 is already installed in *");
    }

    [Fact]
    public void A_plugin_that_this_host_cannot_use_leaves_nothing()
    {
        // The package of a plugin whose dependency was lost after packing.
        string feed = Path.Combine(_zoo.Folder, "bad");
        string package = PluginPackage.Pack(Path.Combine(Zoo.Plugins, "zoo.good", "1.1.0"), feed);
        using (System.IO.Compression.ZipArchive archive =
            System.IO.Compression.ZipFile.Open(package, System.IO.Compression.ZipArchiveMode.Update))
            archive.GetEntry("plugin/Zoo.Library.dll")!.Delete();

        FluentActions.Invoking(() => _store.Install("zoo.good", null, new PackageFeeds([feed]), "installed", default))
            .Should().Throw<PluginException>().WithMessage("*needs Zoo.Library 1.0.0.0*");
        Directory.Exists(Path.Combine(_zoo.Folder, "installed", "zoo.good")).Should().BeFalse();
        File.ReadAllText(_zoo.File).Should().Be("{\n  // ours\n  \"plugins\": {}\n}\n");
    }

    [Fact]
    public void Damaged_packages_are_refused_and_leave_nothing_behind()
    {
        string whole = PluginPackage.Pack(Path.Combine(Zoo.Plugins, "zoo.good", "1.1.0"), Path.Combine(_zoo.Folder, "whole"));
        byte[] bytes = File.ReadAllBytes(whole);
        var random = new SeededRandom(5);
        string[] hostile = Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "data", "hostile", "nupkg"), "*.nupkg");
        IEnumerable<byte[]> damaged = Enumerable.Range(0, 40).Select(i => Damaged(i));
        string package = Path.Combine(_zoo.Folder, "damaged.nupkg");
        string target = Path.Combine(_zoo.Folder, "installed", "some.plugin", "1.0.0");
        int refused = 0;
        foreach (byte[] content in hostile.Select(File.ReadAllBytes).Concat(damaged))
        {
            File.WriteAllBytes(package, content);
            try
            {
                PluginPackage.Unpack(package, target);
                Directory.Delete(Path.GetDirectoryName(target)!, recursive: true);
            }
            catch (PluginException refusal)
            {
                refusal.Message.Should().NotContain("\n");
                Directory.Exists(Path.GetDirectoryName(target)).Should().BeFalse();
                refused++;
            }
        }

        hostile.Should().HaveCount(6);
        refused.Should().BeGreaterThan(10);

        // The end of the file is the list of its contents.
        byte[] Damaged(int i)
        {
            byte[] changed = [.. bytes];
            for (int change = 0; change <= i % 4; change++)
                changed[i % 2 == 0 ? random.Next(changed.Length) : changed.Length - 1 - random.Next(1000)] ^= (byte)(1 + random.Next(255));
            return i % 5 == 0 ? changed[..^(int)(1 + random.Next(changed.Length - 1))] : changed;
        }
    }

    [Fact]
    public void A_feed_with_a_damaged_package_is_refused_with_its_name()
    {
        string feed = Directory.CreateDirectory(Path.Combine(_zoo.Folder, "damaged")).FullName;
        foreach (string hostile in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "data", "hostile", "nupkg"), "*.nupkg"))
        {
            File.Copy(hostile, Path.Combine(feed, "zoo.good.1.0.0.nupkg"), overwrite: true);

            FluentActions.Invoking(() => _store.Install("zoo.good", null, new PackageFeeds([feed]), "installed", default))
                .Should().Throw<PluginException>().WithMessage($"*'{feed}'*");
        }
    }

    [Fact]
    public void A_package_that_unpacks_to_more_than_the_limit_is_refused()
    {
        string package = PluginPackage.Pack(Path.Combine(Zoo.Plugins, "zoo.good", "1.1.0"), Path.Combine(_zoo.Folder, "bomb"));
        using (System.IO.Compression.ZipArchive archive =
            System.IO.Compression.ZipFile.Open(package, System.IO.Compression.ZipArchiveMode.Update))
        {
            using Stream zeros = archive.CreateEntry("plugin/zeros").Open();
            zeros.Write(new byte[8 << 20]);
        }

        string target = Path.Combine(_zoo.Folder, "installed", "zoo.good", "1.1.0");
        new FileInfo(package).Length.Should().BeLessThan(1 << 20);

        FluentActions.Invoking(() => PluginPackage.Unpack(package, target, 4 << 20)).Should().Throw<PluginException>()
            .WithMessage($"The package '{package}' has more than 4,194,304 bytes when unpacked. Do not use it.");
        Directory.Exists(Path.GetDirectoryName(target)).Should().BeFalse();
        PluginPackage.Unpack(package, target).Id.Should().Be("zoo.good");
    }

    [Fact]
    public async Task Changes_of_plugins_json_wait_for_each_other()
    {
        IDisposable first = PluginsFileLock.Hold(_zoo.File, default);
        Task<IDisposable> second = Task.Run(() => PluginsFileLock.Hold(_zoo.File, default));

        await Task.Delay(300);
        second.IsCompleted.Should().BeFalse();
        first.Dispose();

        (await second).Dispose();
    }

    [Fact]
    public void A_wait_for_plugins_json_can_be_cancelled()
    {
        using IDisposable first = PluginsFileLock.Hold(_zoo.File, default);
        using var stop = new CancellationTokenSource(200);

        FluentActions.Invoking(() => PluginsFileLock.Hold(_zoo.File, stop.Token)).Should().Throw<OperationCanceledException>();
    }

    [Fact]
    public void Refuses_a_package_that_leaves_its_folder()
    {
        string feed = Path.Combine(_zoo.Folder, "bad");
        string package = PluginPackage.Pack(Path.Combine(Zoo.Plugins, "zoo.good", "1.1.0"), feed);
        using (System.IO.Compression.ZipArchive archive =
            System.IO.Compression.ZipFile.Open(package, System.IO.Compression.ZipArchiveMode.Update))
            archive.CreateEntry("plugin/../../escaped.txt");

        FluentActions.Invoking(() => PluginPackage.Unpack(package, Path.Combine(_zoo.Folder, "installed", "zoo.good", "1.1.0"))).Should()
            .Throw<Exception>();
        Directory.EnumerateFiles(_zoo.Folder, "escaped.txt", SearchOption.AllDirectories).Should().BeEmpty();
    }

    [Fact]
    public void Packs_the_same_plugin_into_the_same_package()
    {
        string folder = Path.Combine(Zoo.Plugins, "zoo.good", "1.0.0");
        string first = PluginPackage.Pack(folder, Path.Combine(_zoo.Folder, "a"));
        string second = PluginPackage.Pack(folder, Path.Combine(_zoo.Folder, "b"));

        File.ReadAllBytes(second).Should().Equal(File.ReadAllBytes(first));
        using ZipArchive archive = ZipFile.OpenRead(first);
        archive.Entries.Select(entry => entry.LastWriteTime.DateTime).Distinct().Should().Equal(new DateTime(1980, 1, 1));
    }

    private PluginInfo Install(string? version) =>
        _store.Install("zoo.good", version is null ? null : Exactly(version), _feed, "installed", default).Plugin;

    private static VersionRange Exactly(string version) =>
        new(NuGetVersion.Parse(version), true, NuGetVersion.Parse(version), true, originalString: version);
}
