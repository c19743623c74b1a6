using System.Text.RegularExpressions;

namespace Tenon.Server.Tests;

/// <summary>The page at <c>/</c>.</summary>
[Collection(ServedModelsInOneProcess.Name)]
public sealed partial class PageTests(Served served)
{
    [Theory]
    [InlineData("/", "text/html")]
    [InlineData("/page.css", "text/css")]
    [InlineData("/page.js", "text/javascript")]
    [InlineData("/runs.js", "text/javascript")]
    public async Task Files_are_served_with_a_policy_that_allows_only_them(string path, string type)
    {
        using HttpResponseMessage response = await served.Client.GetAsync(path);

        response.EnsureSuccessStatusCode();
        response.Content.Headers.ContentType!.MediaType.Should().Be(type);
        response.Headers.GetValues("Content-Security-Policy").Single().Should().Contain("default-src 'none'").And.NotContain("unsafe");
        response.Headers.GetValues("X-Content-Type-Options").Single().Should().Be("nosniff");
    }

    [Fact]
    public async Task The_page_has_no_inline_code_no_markup_from_models_and_no_other_host()
    {
        string html = await served.Client.GetStringAsync("/"), script = await ScriptsAsync();

        html.Should().NotMatchRegex("<script(?! src=)").And.NotContain("style=").And.NotMatchRegex(" on[a-z]+=").And.NotContain("//");
        script.Should().NotContain("innerHTML").And.NotContain("outerHTML").And.NotContain("insertAdjacentHTML").And.NotContain("eval(")
            .And.NotContain("http");
    }

    [Fact]
    public async Task Every_element_that_the_script_names_exists_and_every_field_has_a_label()
    {
        string html = await served.Client.GetStringAsync("/"), script = await ScriptsAsync();
        string[] ids = [.. Id().Matches(html).Select(match => match.Groups[1].Value)];

        Named().Matches(script).Select(match => match.Groups[1].Value).Distinct().Should().HaveCountGreaterThan(15).And.BeSubsetOf(ids);
        ids.Should().OnlyHaveUniqueItems();
        foreach (Match field in Field().Matches(html))
        {
            string id = field.Groups["id"].Value;
            bool isLabelled = html.Contains($"for=\"{id}\"", StringComparison.Ordinal)
                || Regex.IsMatch(html, $"<label>[^<]*<(input|select) id=\"{id}\"");
            isLabelled.Should().BeTrue(id);
        }
    }

    private async Task<string> ScriptsAsync() =>
        await served.Client.GetStringAsync("/page.js") + await served.Client.GetStringAsync("/runs.js");

    [GeneratedRegex(" id=\"([^\"]+)\"")]
    private static partial Regex Id();

    [GeneratedRegex("byId\\(\"([^\"]+)\"\\)")]
    private static partial Regex Named();

    [GeneratedRegex("<(input|select|textarea) id=\"(?<id>[^\"]+)\"")]
    private static partial Regex Field();
}
