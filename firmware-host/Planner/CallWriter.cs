using System.Runtime.InteropServices;
using System.Text;
using Edge.Api;

namespace Edge.Planner;

/// <summary>Decoding under a grammar: whatever the logits are, the text is one that the grammar accepts. Not thread-safe.</summary>
public sealed class CallWriter(Tokenizer tokenizer)
{
    private readonly List<byte> _bytes = [];
    private readonly List<int> _unread = [];
    private byte[] _lastBytes = [];
    private string _last = "";

    /// <summary>Reads tokens and gives the logits after the last one.</summary>
    public delegate ReadOnlySpan<float> Reader(ReadOnlySpan<int> tokens);

    /// <summary>Tokens that the last answer was written with.</summary>
    public int Tokens { get; private set; }

    /// <summary>Logarithm of the last drawn answer's probability.</summary>
    public double LogProbability { get; private set; }

    /// <summary>
    /// Writes one answer. Where only one token is possible, the model is not asked: the token is read together with the next one that needs it.
    /// An answer like the one before is the same string.
    /// </summary>
    /// <param name="prompt">Tokens of the prompt.</param>
    /// <param name="masks">The grammar.</param>
    /// <param name="read">The model.</param>
    /// <param name="random">Null: the likeliest token each time; else tokens are drawn as likely as the model holds them.</param>
    public string Write(IReadOnlyList<int> prompt, TokenMasks masks, Reader read, Random? random = null)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(masks);
        ArgumentNullException.ThrowIfNull(read);
        _bytes.Clear();
        _unread.Clear();
        _unread.AddRange(prompt);
        Tokens = 0;
        LogProbability = 0;
        var state = ByteAutomaton.Start;
        while (true)
        {
            var allowed = masks.For(state);
            var choice = 0;
            if (allowed.Count > 1)
            {
                var logits = read(CollectionsMarshal.AsSpan(_unread));
                choice = random is null ? allowed.Best(logits) : allowed.Draw(logits, random);
                if (random is not null)
                    LogProbability += allowed.LogProbability(logits, choice);
                _unread.Clear();
            }

            state = allowed.Next(choice);
            if (state == ByteAutomaton.Dead)
                return Last();
            var id = allowed.Id(choice);
            _unread.Add(id);
            foreach (var value in tokenizer.BytesOf(id))
                _bytes.Add(value);
            Tokens++;
        }
    }

    /// <summary>How likely the model holds an answer, given as tokens: the logarithm of its probability; negative infinity where the grammar forbids it.</summary>
    public double Score(IReadOnlyList<int> prompt, TokenMasks masks, Reader read, IReadOnlyList<int> answer)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(masks);
        ArgumentNullException.ThrowIfNull(read);
        ArgumentNullException.ThrowIfNull(answer);
        _unread.Clear();
        _unread.AddRange(prompt);
        var state = ByteAutomaton.Start;
        var score = 0.0;
        foreach (var id in answer)
        {
            var allowed = masks.For(state);
            var choice = allowed.IndexOf(id);
            if (choice < 0)
                return double.NegativeInfinity;
            if (allowed.Count > 1)
            {
                score += allowed.LogProbability(read(CollectionsMarshal.AsSpan(_unread)), choice);
                _unread.Clear();
            }

            state = allowed.Next(choice);
            _unread.Add(id);
        }

        return score;
    }

    private string Last()
    {
        var bytes = CollectionsMarshal.AsSpan(_bytes);
        if (!bytes.SequenceEqual(_lastBytes))
        {
            _lastBytes = bytes.ToArray();
            _last = Encoding.UTF8.GetString(bytes);
        }

        return _last;
    }
}
