using System.Text.RegularExpressions;

namespace Tenon.Host.Tests;

/// <summary>The modules of the library, as docs/architecture.md lists them: each uses only those above it.</summary>
public sealed partial class ModuleTests
{
    private const string Library = "host/runtime";

    private static readonly string[] Order =
        [.. ModuleRow().Matches(Repository.Section("docs/architecture.md", "Modules")).Select(row => row.Groups["module"].Value)];

    private static readonly Source[] Sources =
        [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, Library), "*.cs", SearchOption.AllDirectories).Select(Source.Read)
            .Where(source => source.Module is not ("obj" or "bin"))];

    [Fact]
    public void The_table_lists_every_module() =>
        Sources.Select(source => source.Module).OfType<string>().Distinct().Should().BeEquivalentTo(Order);

    [Fact]
    public void A_file_is_in_the_folder_of_its_namespace() =>
        Sources.Where(source => source.Namespace != string.Join('.', ["Tenon.Host", .. source.Folders])).Select(source => source.Path)
            .Should().BeEmpty();

    [Fact]
    public void A_module_uses_only_modules_above_it_in_the_table()
    {
        string[] backward = [.. from source in Sources
                                where source.Module is not null
                                from used in Used(source)
                                where Array.IndexOf(Order, used) > Array.IndexOf(Order, source.Module)
                                select $"{source.Path} uses {used}"];

        backward.Should().BeEmpty();
    }

    // Modules that a source names: in using lines, by full names, and by names relative to Tenon.Host (Native.TorchRuntime).
    private static IEnumerable<string> Used(Source source)
    {
        IEnumerable<string> full = FullName().Matches(source.Code).Select(name => name.Groups["module"].Value);
        IEnumerable<string> relative = RelativeName().Matches(source.Code)
            .Where(name => Members(name.Groups["module"].Value).Contains(name.Groups["member"].Value))
                .Select(name => name.Groups["module"].Value);
        return full.Concat(relative).Where(Order.Contains).Distinct();
    }

    // Names that can follow the module's: its types and the namespaces below it.
    private static IEnumerable<string> Members(string module) => Sources.Where(source => source.Module == module)
        .SelectMany(source => source.Folders.Skip(1).Take(1).Append(Path.GetFileNameWithoutExtension(source.Path)));

    private sealed record Source(string Path, string[] Folders, string Namespace, string Code)
    {
        public string? Module => Folders.FirstOrDefault();

        public static Source Read(string path)
        {
            string text = File.ReadAllText(path);
            string[] folders = System.IO.Path.GetRelativePath(System.IO.Path.Combine(Repository.Root, Library), path)
                .Split(System.IO.Path.DirectorySeparatorChar)[..^1];
            return new Source(System.IO.Path.GetRelativePath(Repository.Root, path), folders, NamespaceLine().Match(text)
                .Groups["name"].Value, Comment().Replace(text, ""));
        }
    }

    [GeneratedRegex(@"^\| `(?<module>\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex ModuleRow();

    [GeneratedRegex(@"^namespace (?<name>[\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();

    [GeneratedRegex(@"\bTenon\.Host\.(?<module>\w+)")]
    private static partial Regex FullName();

    [GeneratedRegex(@"(?<![\w.])(?<module>[A-Z]\w*)\.(?<member>[A-Z]\w*)")]
    private static partial Regex RelativeName();

    [GeneratedRegex(@"^\s*//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();
}
