using System.Text;
using Tenon.Cli.Packages;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Inspection;
using Tenon.Host.Plugins.Loading;
using Tenon.Host.Plugins.Metadata;

namespace Tenon.Fuzz.Readers;

/// <summary>The files of plugins, up to the point where their code would be loaded: metadata, documentation, lists, locks and
/// packages.</summary>
internal static class PluginReaders
{
    private const string Id = "tenon.pretrain";
    private const string Assembly = "Tenon.Pretrain.dll";
    private const string Documentation = "Tenon.Pretrain.xml";
    private const string PluginsFileName = "plugins.json";

    private static string Shipped => Path.Combine(AppContext.BaseDirectory, "plugins", Id);

    /// <summary>Returns the readers.</summary>
    public static IEnumerable<Reader> In(Workplace workplace)
    {
        yield return new Reader("plugins-file", InputFormat.Json, [typeof(PluginsFileException)],
            () => [new Seed(PluginsFileName, Text(PluginsFileText)), .. Workplace.Files("hostile/plugins-file")],
            (_, content) => PluginCatalogue.Read(Workplace.Write(Plugins(workplace), PluginsFileName, content)))
        {
            Words = ["folders", "plugins", "shipped", "libtorch", Id, "*", "1.*", "[1.0,2.0)", "1.0.0-beta+x", "~/plugins"],
        };
        yield return new Reader("plugins-lock", InputFormat.Json, [typeof(PluginException)],
            () => [new Seed(PluginLock.FileName, Text(LockText(workplace))), .. Workplace.Files("hostile/plugins-lock")],
            (_, content) => ReadLock(workplace, content))
        {
            Words = ["plugins", "version", "contract", "files", Id, $"{Id}@1.0.0", Assembly],
        };
        yield return new Reader("plugin-assembly", InputFormat.Binary, [],
            () => [Of(Assembly), .. Workplace.Files("hostile/plugin-dll")],
            (_, content) => Inspect(workplace, Assembly, content));
        yield return new Reader("plugin-documentation", InputFormat.Text, [],
            () => [Of(Documentation), .. Workplace.Files("hostile/plugin-xml")],
            (_, content) => Inspect(workplace, Documentation, content))
        {
            Words =
            [
                "<doc>", "</doc>", "<members>", "<member name=\"P:", "</member>", "<summary>", "<see cref=\"T:", "/>", "<![CDATA[",
                "<!--", "<!DOCTYPE doc [<!ENTITY a \"b\">]>", "&a;", "&#0;", "&lt;",
            ],
        };
        yield return new Reader("package", InputFormat.Zip, [typeof(PluginException)],
            () => [new Seed("pretrain.nupkg", Package(workplace)), .. Workplace.Files("hostile/nupkg")],
            (_, content) => Unpack(workplace, content))
        {
            Words =
            [
                "<package>", "<metadata>", "<id>", "</id>", "<version>", "</version>", "<packageTypes>",
                "<packageType name=\"TenonPlugin\" />", "<dependencies>", "<license type=\"file\">", "../", "1.0.0", "1.0.0-beta+x",
            ],
        };
    }

    private static Seed Of(string file) => new(file, File.ReadAllBytes(Path.Combine(Shipped, file)));

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    private const string PluginsFileText = $$"""
        // The plugins in use.
        {
          "folders": ["plugins"],
          "plugins": { "{{Id}}": "1.*", "tenon.missing": "[1.0,2.0)" },
        }
        """;

    // A folder with a plugins.json of one plugin.
    private static string Plugins(Workplace workplace)
    {
        workplace.Folder(Path.Combine("lists", "plugins", Id), Shipped);
        return workplace.At("lists");
    }

    private static PluginCatalogue Catalogue(Workplace workplace) =>
        PluginCatalogue.Read(Workplace.Write(Plugins(workplace), PluginsFileName, Text(PluginsFileText)));

    private static string LockText(Workplace workplace)
    {
        string file = Path.Combine(Plugins(workplace), "written.json");
        PluginLock.Of(Catalogue(workplace)).Write(file);
        return File.ReadAllText(file);
    }

    private static void ReadLock(Workplace workplace, byte[] content)
    {
        PluginCatalogue catalogue = Catalogue(workplace);
        PluginLock locked = PluginLock.Read(Workplace.Write(Plugins(workplace), PluginLock.FileName, content));
        _ = string.Join('\n', locked.Verify(catalogue).Concat(locked.NotInLock(catalogue)));
        locked.Explain(catalogue);
    }

    // As 'list' and 'plugins test' do. A damaged plugin is refused with a reason, and nothing is thrown.
    private static void Inspect(Workplace workplace, string name, byte[] content)
    {
        string folder = workplace.Folder(Path.Combine("plugin", Id), Shipped);
        string whole = Path.Combine(Shipped, name);
        Workplace.Write(folder, name, content);
        try
        {
            PluginFolder read = PluginFolder.Read(Id, folder);
            if ((read.Plugin.State == PluginState.Ready) != (read.Plugin.Reason.Length == 0))
                throw new InvalidOperationException($"The plugin is {read.Plugin.State} with the reason '{read.Plugin.Reason}'.");
            _ = read.Components.SelectMany(component => component.Options.Options).Select(option => option.Summary).ToArray();
            _ = PluginInspection.Of(folder).Select(remark => remark.Text).ToArray();
        }
        finally
        {
            File.Copy(whole, Path.Combine(folder, name), overwrite: true);
        }
    }

    private static byte[] Package(Workplace workplace) => File.ReadAllBytes(PluginPackage.Pack(Shipped, workplace.Folder("packed")));

    private static void Unpack(Workplace workplace, byte[] content)
    {
        string package = Workplace.Write(workplace.Folder("packages"), "plugin.nupkg", content);
        string folder = workplace.At("unpacked", Id);
        PluginPackage.Identity(package);
        try
        {
            PluginPackage.Unpack(package, folder);
        }
        catch (PluginException)
        {
            if (Directory.Exists(workplace.At("unpacked")))
                throw new InvalidOperationException("A refused package leaves a folder behind.");
            throw;
        }
        finally
        {
            if (Directory.Exists(workplace.At("unpacked")))
                Directory.Delete(workplace.At("unpacked"), recursive: true);
        }
    }
}
