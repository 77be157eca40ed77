using Edge.Api;
using Edge.Policy;

namespace Edge.Hil.Oracle;

/// <summary>
/// Says by the ground truth what came of a call. The sensors know less: a slid thing may have slipped off the cup, a swept one may stand, a turned one may lack ten degrees,
/// a thrown one may have missed.
/// </summary>
/// <param name="truth">Where things are.</param>
public sealed class CallJudge(IPlantTruth truth)
{
    /// <summary>What was brought is there when it is so near; what was turned stands where it stood; metres.</summary>
    private const double BroughtM = 0.03;

    /// <summary>A turn is right when it is off by less: two of them add up in a task that forgives 18 degrees.</summary>
    private const double TurnedRad = 6 * Math.PI / 180;

    /// <summary>What was knocked over lies at least so far away and so much lower; what is no taller lay before. Metres.</summary>
    private const double SweptM = 0.10, FallenM = 0.01, LyingM = 0.045;

    /// <summary>What was thrown has hit when it lies so near, or has moved what stood so near by so much, metres.</summary>
    private const double HitM = 0.06, NudgedM = 0.01;

    private static readonly Func<CallJudge, bool>?[] ByFunction = Index();

    private readonly List<ThingTruth> _before = [];
    private Subtask? _subtask;
    private int _meant, _held;

    /// <summary>A call begins; <paramref name="meant"/> is the thing that it is about, -1 when it is about a place.</summary>
    public void Begin(Subtask subtask, int meant)
    {
        ArgumentNullException.ThrowIfNull(subtask);
        (_subtask, _meant, _held) = (subtask, meant, truth.HeldThing);
        _before.Clear();
        for (var i = 0; i < truth.ThingCount; i++)
            _before.Add(truth.Thing(i));
    }

    /// <summary>It has ended: has it done what it is for? True for calls that the sensors judge well enough.</summary>
    public bool HasWorked()
    {
        var subtask = _subtask ?? throw new InvalidOperationException("HasWorked before Begin.");
        return ByFunction[subtask.Function]?.Invoke(this) ?? true;
    }

    private static Func<CallJudge, bool>?[] Index() =>
        [.. RobotApi.Calls.Select(call => (Func<CallJudge, bool>?)(call.Name switch
        {
            "pick" => judge => judge._meant < 0 || judge.IsHeld(judge._meant),
            "place" => judge => judge._held >= 0 && judge.IsAtEnd(judge._held),
            "push" => judge => judge._meant >= 0 && judge.IsAtEnd(judge._meant),
            "topple" => judge => judge._meant >= 0 && judge.IsSwept(judge._meant),
            "rotate" => judge => judge._meant >= 0 && judge.IsTurned(judge._meant),
            "throw" => judge => judge._held >= 0 && judge.HasHit(judge._held),
            _ => null,
        }))];

    private bool IsHeld(int thing) => truth.HeldThing == thing;

    private bool IsAtEnd(int thing) => DistanceTo(truth.Thing(thing)) < BroughtM;

    private bool IsSwept(int thing)
    {
        ThingTruth before = _before[thing], now = truth.Thing(thing);
        return Distance(before, now) >= SweptM && (before.TopZ < LyingM || now.TopZ < before.TopZ - FallenM);
    }

    private bool IsTurned(int thing)
    {
        ThingTruth before = _before[thing], now = truth.Thing(thing);
        var asked = _subtask!.End.Yaw - _subtask.Target.Yaw;
        return Distance(before, now) < BroughtM && Math.Abs(Math.IEEERemainder(now.YawRad - before.YawRad - asked, Math.Tau)) < TurnedRad;
    }

    private bool HasHit(int thing) =>
        DistanceTo(truth.Thing(thing)) < HitM
        || Enumerable.Range(0, _before.Count).Any(i => i != thing && DistanceTo(_before[i]) < HitM && Distance(_before[i], truth.Thing(i)) > NudgedM);

    private double DistanceTo(in ThingTruth thing) => Math.Sqrt(Square(thing.X - _subtask!.End.X) + Square(thing.Y - _subtask.End.Y));

    private static double Distance(in ThingTruth a, in ThingTruth b) => Math.Sqrt(Square(a.X - b.X) + Square(a.Y - b.Y));

    private static double Square(double value) => value * value;
}
