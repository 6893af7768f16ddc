"""Words of other scripts: sentences made of phrases that were written for this, in five languages."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Language:
    """`openings`, `middles` and `ends` make a sentence in this order, joined by `gap`."""

    code: str
    fonts: tuple[str, ...]
    openings: tuple[str, ...]
    middles: tuple[str, ...]
    ends: tuple[str, ...]
    names: tuple[str, ...]
    heads: tuple[str, ...]
    table: str
    stop: str = "."
    gap: str = " "

    def sentence(self, chance: random.Random) -> str:
        return self.gap.join(map(chance.choice, (self.openings, self.middles, self.ends))) + self.stop

    def paragraph(self, chance: random.Random) -> str:
        gap = " " if self.gap else ""
        return gap.join(self.sentence(chance) for _ in range(chance.randint(3, 6)))

    def heading(self, chance: random.Random) -> str:
        return self.gap.join((chance.choice(self.openings), chance.choice(self.middles)))


GERMAN = Language(
    "de",
    ("Liberation Serif", "DejaVu Sans", "Noto Serif"),
    ("Die Prüfstelle", "Der Wärmetauscher", "Das Förderband", "Die Geschäftsführung", "Der Übergabebahnhof",
     "Die Größe des Speichers"),
    ("meldet jede Abweichung", "überprüft die Messwerte", "verzögert den Anlauf", "ersetzt das Gehäuse",
     "erhöht die Durchflussmenge"),
    ("vor dem nächsten Wartungstermin", "gemäß § 12 der Verordnung", "ohne weitere Ankündigung",
     "während der Nachtschicht", "für mindestens 3,5 Stunden"),
    ("Köln", "Würzburg", "Gießen", "Lübeck", "Görlitz", "Ratingen", "Düren", "Jülich"),
    ("Ort", "Menge", "Höhe", "Anteil", "Stückzahl", "Größe"),
    "Tabelle",
)  # fmt: skip
CHINESE = Language(
    "zh-Hans",
    ("Noto Sans CJK SC",),
    ("控制系统", "水泵房", "检测中心", "季度报告", "储存装置", "项目小组"),
    ("记录全部温度数据", "按照规定检查设备", "降低平均能耗", "提交新的预算方案", "比较三组独立结果"),
    ("并在夜间停止运行", "直到下一次维护", "以满足用户需求", "但不影响正常供应", "误差约为百分之二"),
    ("北京", "上海", "成都", "广州", "西安", "武汉", "杭州", "南京"),
    ("地点", "数量", "温度", "比例", "压力", "状态"),
    "表",
    "。",
    "",
)  # fmt: skip
JAPANESE = Language(
    "ja",
    ("Noto Sans CJK JP",),
    ("制御装置は", "測定チームは", "冷却ポンプは", "年次報告書は", "管理部門は", "このセンサーは"),
    ("すべての記録を", "水位の変化を", "予備の部品を", "前回の推定値を", "消費電力を"),
    ("夜間に確認する", "定期的に比較している", "次の点検まで保存する", "自動的に送信した", "三回ずつ測定する"),
    ("東京", "大阪", "札幌", "名古屋", "福岡", "仙台", "広島", "金沢"),
    ("場所", "数量", "温度", "割合", "圧力", "状態"),
    "表",
    "。",
    "",
)  # fmt: skip
ARABIC = Language(
    "ar",
    ("Noto Naskh Arabic", "Noto Sans Arabic"),
    ("تسجل المحطة", "يراجع الفريق", "تقيس الأجهزة", "يقدم المكتب", "تحفظ الإدارة"),
    ("جميع القراءات اليومية", "مستوى المياه", "التقرير السنوي", "درجات الحرارة", "الطلبات المفتوحة"),
    ("قبل الصيانة القادمة", "خلال فصل الشتاء", "وفقا للائحة الجديدة", "بدون أي تأخير", "في الأسبوع الأول"),
    ("القاهرة", "دمشق", "عمان", "بغداد", "تونس", "الرباط", "الكويت", "مسقط"),
    ("المدينة", "العدد", "الوزن", "النسبة", "الضغط", "الحالة"),
    "جدول",
)  # fmt: skip
HEBREW = Language(
    "he",
    ("Noto Sans Hebrew", "DejaVu Sans", "Noto Serif Hebrew"),
    ("התחנה רושמת", "הצוות בודק", "המשאבה מזרימה", "המשרד מגיש", "החיישן מודד"),
    ("את כל הקריאות", "את מפלס המים", "את הדוח השנתי", "את הטמפרטורה", "את ההזמנות הפתוחות"),
    ("לפני התחזוקה הבאה", "במשך החורף", "בהתאם לתקנה החדשה", "ללא עיכוב", "בשבוע הראשון"),
    ("חיפה", "ירושלים", "אשדוד", "נתניה", "עכו", "אילת", "יבנה", "רמלה"),
    ("עיר", "כמות", "משקל", "שיעור", "לחץ", "מצב"),
    "טבלה",
)  # fmt: skip
