namespace Tenon;

/// <summary>
/// A language model that llama.cpp can run, so that it can be exported to GGUF, llama.cpp's file format. The host writes the file;
/// the model describes its architecture in llama.cpp's terms.
/// </summary>
public interface IGgufModel : ICausalLanguageModel
{
    /// <summary>Describes the model as one of llama.cpp's architectures.</summary>
    /// <exception cref="ModelException">
    /// llama.cpp would compute something else; the message names the option, its value and the supported values.
    /// </exception>
    GgufLayout DescribeGguf();
}
