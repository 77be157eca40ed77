using Edge.Api;
using Edge.Inference;

namespace Edge.Planner;

/// <summary>Which tokens may follow, for each state of a grammar; worked out when first asked for and kept.</summary>
public sealed class TokenMasks
{
    private readonly ByteAutomaton _grammar;
    private readonly Tokenizer _tokenizer;
    private readonly IReadOnlyList<int> _stopTokens;
    private readonly AllowedTokens?[] _states;

    /// <summary>Checks that every text of the grammar can be written with the vocabulary: then no state is a dead end.</summary>
    /// <exception cref="ModelException">The vocabulary lacks a single byte that the grammar uses.</exception>
    public TokenMasks(ByteAutomaton grammar, Tokenizer tokenizer, IReadOnlyList<int> stopTokens)
    {
        ArgumentNullException.ThrowIfNull(grammar);
        ArgumentNullException.ThrowIfNull(tokenizer);
        _grammar = grammar;
        _tokenizer = tokenizer;
        _stopTokens = stopTokens;
        _states = new AllowedTokens?[grammar.StateCount];
        var single = new bool[256];
        for (var id = 0; id < tokenizer.Count; id++)
        {
            if (!tokenizer.IsSpecial(id) && tokenizer.BytesOf(id) is [var only])
                single[only] = true;
        }

        for (var state = 0; state < grammar.StateCount; state++)
        {
            for (var value = 0; value < single.Length; value++)
            {
                if (grammar.Next(state, (byte)value) != ByteAutomaton.Dead && !single[value])
                    throw new ModelException($"tokenizer.json: model.vocab: no token for '{(char)value}', which calls are written with");
            }
        }
    }

    /// <summary>Most tokens that an answer can have: one a byte.</summary>
    public int MaxTokens => _grammar.MaxLength;

    /// <summary>The tokens that may follow in a state, ids ascending; never empty. Stop tokens lead nowhere (<see cref="ByteAutomaton.Dead"/>).</summary>
    public AllowedTokens For(int state) => _states[state] ??= Find(state);

    private AllowedTokens Find(int state)
    {
        var allowed = new List<(int Id, int Next)>();
        for (var id = 0; id < _tokenizer.Count; id++)
        {
            var bytes = _tokenizer.BytesOf(id);
            if (bytes.IsEmpty || _tokenizer.IsSpecial(id))
                continue;
            var next = _grammar.Next(state, bytes);
            if (next != ByteAutomaton.Dead)
                allowed.Add((id, next));
        }

        // Where nothing but stopping is possible, one stop token is as good as all, and the model need not be asked.
        if (_grammar.IsAccepting(state))
            allowed.AddRange(_stopTokens.Take(allowed.Count == 0 ? 1 : _stopTokens.Count).Select(id => (id, ByteAutomaton.Dead)));
        allowed.Sort();
        return new AllowedTokens([.. allowed.Select(a => a.Id)], [.. allowed.Select(a => a.Next)]);
    }
}

/// <summary>Tokens that may follow, and the grammar's state after each.</summary>
public sealed class AllowedTokens(int[] ids, int[] next)
{
    /// <summary>How many; at least one.</summary>
    public int Count => ids.Length;

    /// <summary>A token.</summary>
    public int Id(int index) => ids[index];

    /// <summary>The state after it.</summary>
    public int Next(int index) => next[index];

    /// <summary>Index of the token of the highest logit, the lowest id among equals. Total: not-a-number counts as lowest.</summary>
    public int Best(ReadOnlySpan<float> logits)
    {
        var best = 0;
        var highest = float.NegativeInfinity;
        for (var i = 0; i < ids.Length; i++)
        {
            var logit = Logit(logits, i);
            if (!(logit > highest))
                continue;
            highest = logit;
            best = i;
        }

        return best;
    }

    /// <summary>Index of a token; -1: it may not follow.</summary>
    public int IndexOf(int id) => Array.BinarySearch(ids, id) is >= 0 and var index ? index : -1;

    /// <summary>Logarithm of the probability of a token under the softmax of the logits.</summary>
    public double LogProbability(ReadOnlySpan<float> logits, int index)
    {
        var highest = Logit(logits, Best(logits));
        return float.IsFinite(highest) ? Math.Log(Weight(Logit(logits, index) - highest) / TotalWeight(logits, highest)) : 0;
    }

    /// <summary>Index of a token drawn from the softmax of the logits.</summary>
    public int Draw(ReadOnlySpan<float> logits, Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        var best = Best(logits);
        var highest = Logit(logits, best);
        if (!float.IsFinite(highest))
            return best;
        var dice = random.NextDouble() * TotalWeight(logits, highest);
        for (var i = 0; i < ids.Length; i++)
        {
            dice -= Weight(Logit(logits, i) - highest);
            if (dice < 0)
                return i;
        }

        return best;
    }

    private double TotalWeight(ReadOnlySpan<float> logits, float highest)
    {
        var sum = 0.0;
        for (var i = 0; i < ids.Length; i++)
            sum += Weight(Logit(logits, i) - highest);
        return sum;
    }

    private static double Weight(float difference) => float.IsNaN(difference) ? 0 : Math.Exp(difference);

    private float Logit(ReadOnlySpan<float> logits, int index) => ids[index] < logits.Length ? logits[ids[index]] : float.NaN;
}
