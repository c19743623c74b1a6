using System.Text;
using Tenon.Text.Shipped;

namespace Tenon.Text.Chat;

/// <summary>The chat template of data with conversations.</summary>
internal static class ChatTemplates
{
    private const string Plain = "chat.jinja";

    /// <summary>Reads the template in a file, or the built-in one for tokenizers without a template.</summary>
    /// <param name="file">The file, relative to the recipe; null for the built-in one.</param>
    /// <param name="context">The recipe's folder.</param>
    /// <exception cref="DataException">The file cannot be read.</exception>
    public static ChatTemplateChoice Of(string? file, DataContext context)
    {
        if (file is null)
            return new ChatTemplateChoice(string.Join('\n', Resource.Lines(Plain)), Replaces: false);
        string path = Path.GetFullPath(file, context.BaseDirectory);
        try
        {
            return new ChatTemplateChoice(File.ReadAllText(path, new UTF8Encoding(false, throwOnInvalidBytes: true)), Replaces: true);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            throw new DataException(
                $"template: '{path}' cannot be read: {unreadable.Message} Use a file with a chat template in Jinja.", unreadable);
        }
    }
}
