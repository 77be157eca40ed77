using Edge.Inference;

namespace Edge.Planner;

/// <summary>
/// The conversation around one request, as SmolVLM and Idefics3 were trained on it, with pictures that are not split into tiles:
/// <c>&lt;|im_start|&gt;User:PICTURES text&lt;end_of_utterance&gt;\nAssistant:</c>, where each PICTURE is
/// <c>&lt;fake_token_around_image&gt;&lt;global-img&gt;&lt;image&gt;...&lt;image&gt;&lt;fake_token_around_image&gt;</c>.
/// </summary>
public sealed class ChatTemplate
{
    private readonly Tokenizer _tokenizer;
    private readonly int[] _head;
    private readonly int[] _picture;
    private readonly int[] _tail;

    /// <summary>Encodes the fixed parts.</summary>
    /// <param name="tokenizer">Must know the special tokens.</param>
    /// <param name="imageTokens">Rows of image features, one token each.</param>
    /// <exception cref="ModelException">A special token is missing.</exception>
    public ChatTemplate(Tokenizer tokenizer, int imageTokens)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        _tokenizer = tokenizer;
        foreach (var token in (ReadOnlySpan<string>)["<|im_start|>", "<fake_token_around_image>", "<global-img>", "<image>", "<end_of_utterance>"])
        {
            if (!tokenizer.TryGetAdded(token, out _))
                throw new ModelException($"tokenizer.json: added_tokens: {token} is missing");
        }

        var image = string.Concat(Enumerable.Repeat("<image>", imageTokens));
        _head = Encode("<|im_start|>User:");
        _picture = Encode($"<fake_token_around_image><global-img>{image}<fake_token_around_image>");
        _tail = Encode("<end_of_utterance>\nAssistant:");
        tokenizer.TryGetAdded("<image>", out var imageId);
        ImageToken = imageId;
    }

    /// <summary>Id of the token that image features replace.</summary>
    public int ImageToken { get; }

    /// <summary>Appends the whole prompt. Special tokens spelt in <paramref name="text"/> are just letters there.</summary>
    /// <param name="pictures">Pictures before the text.</param>
    /// <param name="text">What the user says.</param>
    /// <param name="ids">Grows.</param>
    public void Render(int pictures, ReadOnlySpan<char> text, List<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ids.AddRange(_head);
        for (var i = 0; i < pictures; i++)
            ids.AddRange(_picture);
        _tokenizer.Encode(text, ids, findAdded: false);
        ids.AddRange(_tail);
    }

    private int[] Encode(string text)
    {
        var ids = new List<int>();
        _tokenizer.Encode(text, ids);
        return [.. ids];
    }
}
