using Edge.Numerics;
using Edge.Robots;

namespace Edge.Cameras;

/// <summary>
/// Makes up for a camera that was moved or turned since its calibration: finds out where it is by the marks on the table, and shows each picture as the calibrated camera
/// would have seen the table. What stands on the table is then off by its height's share of the movement, some millimetres at most. One thread looks, any may steady.
/// </summary>
public sealed class CameraSteadier
{
    /// <summary>Fewer marks say nothing.</summary>
    private const int LeastMarks = 3;

    private const int Unknowns = 6, MostRounds = 8;
    private const double MarkSigmaPx = 0.5, ShiftSigmaM = 0.05, TurnSigmaRad = 0.1, StrayPx = 2;

    private readonly CameraModel _calibrated;
    private readonly TableMarks? _marks;
    private readonly (double U, double V)[] _found;
    private readonly double[] _toTable = new double[9]; // from the calibrated picture's pixels to the table
    private readonly double[][] _homographies = [new double[9], new double[9]]; // from the calibrated picture's pixels to those of the real one
    private volatile int _current = -1; // which of the two holds; -1: the camera is where it was calibrated

    /// <summary>Takes calibration and marks from the robot file; without marks every picture stays as it is.</summary>
    public CameraSteadier(CameraDescription camera)
    {
        ArgumentNullException.ThrowIfNull(camera);
        _calibrated = new CameraModel(camera);
        _marks = camera.Marks is { } marks ? new TableMarks(marks, _calibrated) : null;
        _found = new (double, double)[_marks?.Count ?? 0];
        Span<double> fromTable = stackalloc double[9];
        _calibrated.TableMatrix(_calibrated.Place, fromTable);
        Invert(fromTable, _toTable);
    }

    /// <summary>How far what lies in the middle of the picture appears to be moved, metres; 0 where nothing is made up for.</summary>
    public double OffM { get; private set; }

    /// <summary>Finds out where the camera is, from a picture in which the arm does not hide the marks. False: too few were seen, and all stays as it was.</summary>
    public bool Look(CameraFrame frame)
    {
        if (_marks is null)
            return false;
        var count = _marks.Find(frame, _found);
        for (; count >= LeastMarks; count--)
        {
            var place = Fit();
            var (worst, error) = (-1, 0.0);
            for (var i = 0; i < _found.Length; i++)
            {
                var (du, dv) = Residual(place, i);
                if (Math.Sqrt((du * du) + (dv * dv)) is var off && off > error)
                    (worst, error) = (i, off);
            }

            if (error < StrayPx)
            {
                Take(place);
                return true;
            }

            _found[worst] = (double.NaN, double.NaN); // something else that looks like a ring
        }

        return false;
    }

    /// <summary>Writes the picture as the calibrated camera would have seen the table.</summary>
    public void Steady(CameraFrame frame, CameraFrame steady)
    {
        ArgumentNullException.ThrowIfNull(frame);
        ArgumentNullException.ThrowIfNull(steady);
        steady.StampLike(frame);
        var current = _current;
        if (current >= 0)
            ImageOps.Warp(frame.Bgr, _calibrated.WidthPx, _calibrated.HeightPx, _homographies[current], steady.Bgr);
        else
            frame.Bgr.CopyTo(steady.Bgr, 0);
    }

    /// <summary>
    /// The place from which the marks are seen where they were found, the likeliest one given that small movements are likelier than large (Gauss-Newton). Flat marks
    /// alone do not always tell a shift from a turn; for the table it makes no difference.
    /// </summary>
    private CameraPlace Fit()
    {
        Span<double> movement = stackalloc double[Unknowns], gradient = stackalloc double[Unknowns], normal = stackalloc double[Unknowns * Unknowns];
        Span<double> slopeU = stackalloc double[Unknowns], slopeV = stackalloc double[Unknowns];
        const double Weight = 1 / (MarkSigmaPx * MarkSigmaPx);
        movement.Clear();
        var place = _calibrated.Place;
        for (var round = 0; round < MostRounds; round++)
        {
            normal.Clear();
            for (var k = 0; k < Unknowns; k++)
            {
                var sigma = k < 3 ? ShiftSigmaM : TurnSigmaRad;
                normal[(k * Unknowns) + k] = 1 / (sigma * sigma);
                gradient[k] = movement[k] / (sigma * sigma);
            }

            for (var i = 0; i < _found.Length; i++)
            {
                var (du, dv) = Residual(place, i);
                if (double.IsNaN(du))
                    continue;
                Slopes(place, i, slopeU, slopeV);
                for (var k = 0; k < Unknowns; k++)
                {
                    gradient[k] += Weight * ((slopeU[k] * du) + (slopeV[k] * dv));
                    for (var l = 0; l < Unknowns; l++)
                        normal[(k * Unknowns) + l] += Weight * ((slopeU[k] * slopeU[l]) + (slopeV[k] * slopeV[l]));
                }
            }

            Cholesky.Solve(normal, gradient);
            for (var k = 0; k < Unknowns; k++)
                movement[k] -= gradient[k];
            place = _calibrated.Place.Moved(new(movement[..3]), new(movement[3..]));
        }

        return place;
    }

    private (double U, double V) Residual(in CameraPlace place, int mark)
    {
        var (u, v, _) = _calibrated.Project(place, _marks!.PlaceOf(mark));
        return (u - _found[mark].U, v - _found[mark].V);
    }

    /// <summary>How a mark's pixel moves with the camera's shift and turn.</summary>
    private void Slopes(in CameraPlace place, int mark, Span<double> slopeU, Span<double> slopeV)
    {
        var from = _marks!.PlaceOf(mark) - place.Position;
        var (right, down, away) = (place.Right.Dot(from), place.Down.Dot(from), place.Forward.Dot(from));
        var scale = _calibrated.FocalPx / away;
        for (var k = 0; k < Unknowns; k++)
        {
            // A camera that shifts or turns one way sees everything go the other way.
            var axis = new Vector(k % 3 == 0 ? 1 : 0, k % 3 == 1 ? 1 : 0, k % 3 == 2 ? 1 : 0);
            var step = -1 * (k < 3 ? axis : axis.Cross(from));
            slopeU[k] = scale * (place.Right.Dot(step) - (right / away * place.Forward.Dot(step)));
            slopeV[k] = scale * (place.Down.Dot(step) - (down / away * place.Forward.Dot(step)));
        }
    }

    private void Take(in CameraPlace place)
    {
        Span<double> here = stackalloc double[9];
        _calibrated.TableMatrix(place, here);
        // Others read the one that holds; they are long done with the other.
        var next = _current == 0 ? 1 : 0;
        Multiply(here, _toTable, _homographies[next]);
        _current = next;
        double u = _calibrated.WidthPx / 2.0, v = _calibrated.HeightPx / 2.0;
        var homography = _homographies[next];
        var w = (homography[6] * u) + (homography[7] * v) + homography[8];
        var (nowU, nowV) = (((homography[0] * u) + (homography[1] * v) + homography[2]) / w, ((homography[3] * u) + (homography[4] * v) + homography[5]) / w);
        OffM = _calibrated.TryUnproject(u, v, 0, out var x, out var y) && _calibrated.TryUnproject(nowU, nowV, 0, out var nowX, out var nowY)
            ? Math.Sqrt(((nowX - x) * (nowX - x)) + ((nowY - y) * (nowY - y))) : 0;
    }

    private static void Multiply(ReadOnlySpan<double> a, ReadOnlySpan<double> b, Span<double> product)
    {
        for (var i = 0; i < 3; i++)
        {
            for (var j = 0; j < 3; j++)
                product[(3 * i) + j] = (a[3 * i] * b[j]) + (a[(3 * i) + 1] * b[3 + j]) + (a[(3 * i) + 2] * b[6 + j]);
        }
    }

    /// <summary>The inverse of a 3 x 3 matrix: its rows' cross products are the columns.</summary>
    private static void Invert(ReadOnlySpan<double> matrix, Span<double> inverse)
    {
        Vector a = new(matrix[..3]), b = new(matrix[3..6]), c = new(matrix[6..]);
        ReadOnlySpan<Vector> columns = [b.Cross(c), c.Cross(a), a.Cross(b)];
        var determinant = a.Dot(columns[0]);
        for (var i = 0; i < 9; i++)
            inverse[i] = columns[i % 3][i / 3] / determinant;
    }
}
