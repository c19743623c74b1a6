namespace Tenon;

/// <summary>
/// A language model that can be exported to GGUF, the file format of llama.cpp. The host writes the file; the model describes its
/// architecture in llama.cpp's terms.
/// </summary>
public interface IGgufModel : ICausalLanguageModel
{
    /// <summary>Describes the model as one of llama.cpp's architectures.</summary>
    /// <exception cref="ModelException">
    /// llama.cpp would compute different outputs; the message names the option, its value and the supported values.
    /// </exception>
    GgufLayout DescribeGguf();
}
