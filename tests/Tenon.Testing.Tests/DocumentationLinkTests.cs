using System.Text.RegularExpressions;

namespace Tenon.Testing.Tests;

/// <summary>Relative links on the pages lead somewhere, and every page can be reached.</summary>
public sealed partial class DocumentationLinkTests
{
    public static TheoryData<string> PagesWithLinks => [.. Repository.Pages.Where(page => Targets(page).Any())];

    [Theory]
    [MemberData(nameof(PagesWithLinks))]
    public void Relative_links_resolve(string page)
    {
        foreach (string target in Targets(page))
        {
            (string file, string? anchor) = target.Split('#') is [var before, var after] ? (before, after) : (target, null);
            string linked = file.Length == 0 ? page : Resolve(page, file);
            string path = Path.Combine(Repository.Root, linked);

            (File.Exists(path) || Directory.Exists(path)).Should().BeTrue("'{0}' links to '{1}'", page, target);
            if (anchor is not null)
                Anchors(linked).Should().Contain(anchor, "'{0}' links to '{1}'", page, target);
        }
    }

    [Fact]
    public void Every_page_of_the_documentation_can_be_reached_from_the_README()
    {
        HashSet<string> reached = ["README.md"];
        var left = new Stack<string>(reached);
        while (left.TryPop(out string? page))
        {
            foreach (string linked in Targets(page).Select(target => target.Split('#')[0])
                .Where(file => file.EndsWith(".md", StringComparison.Ordinal)))
            {
                string next = Resolve(page, linked);
                if (reached.Add(next))
                    left.Push(next);
            }
        }

        Repository.Pages.Where(page => page.StartsWith("docs/", StringComparison.Ordinal)).Should().BeSubsetOf(reached);
    }

    // Links and images outside of code, without those to other sites.
    private static IEnumerable<string> Targets(string page) => Link().Matches(Code().Replace(Repository.Read(page), ""))
        .Select(link => link.Groups["target"].Value)
        .Where(target => !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith("mailto:", StringComparison.Ordinal));

    private static string Resolve(string page, string file)
    {
        string full = Path.GetFullPath(Path.Combine(Repository.Root, Path.GetDirectoryName(page)!, Uri.UnescapeDataString(file)));
        return Path.GetRelativePath(Repository.Root, full).Replace('\\', '/');
    }

    // As GitHub makes them: lower case, no punctuation, hyphens for spaces; a heading that occurs again is numbered.
    private static HashSet<string> Anchors(string page)
    {
        HashSet<string> anchors = new(StringComparer.Ordinal);
        foreach (Match heading in Heading().Matches(Code()
            .Replace(Repository.Read(page), match => match.Value.StartsWith("```", StringComparison.Ordinal) ? "" : match.Value)))
        {
            string slug = Punctuation().Replace(heading.Groups["text"].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-');
            string anchor = slug;
            for (int again = 1; !anchors.Add(anchor); again++)
                anchor = $"{slug}-{again}";
        }

        return anchors;
    }

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^```.*?^```|`[^`\n]+`", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Code();

    [GeneratedRegex(@"^#{1,6} (?<text>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\p{L}\p{N}\p{Pc} -]")]
    private static partial Regex Punctuation();
}
